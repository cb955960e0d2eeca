// A program that is process 1 ends at a signal only if it has a handler for it. The exit code is one that nothing else has.
const server = require('http').createServer((request, response) => response.end('node\n'));
process.on('SIGTERM', () => process.exit(7));
server.listen(8080);
