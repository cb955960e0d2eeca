// Sends every text back that comes by a WebSocket (RFC 6455), as far as it has less than 126 bytes.
const { createHash } = require("node:crypto");
const { createServer } = require("node:http");

const server = createServer((request, response) => response.end(request.url === "/health" ? "well\n" : "chat\n"));

server.on("upgrade", (request, socket) => {
  const key = createHash("sha1").update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`);
  let received = Buffer.alloc(0);
  socket.on("data", data => {
    received = Buffer.concat([received, data]);
    while (received.length >= 6 && received.length >= 6 + (received[1] & 127)) {
      const length = received[1] & 127, mask = received.subarray(2, 6);
      const text = received.subarray(6, 6 + length).map((byte, i) => byte ^ mask[i % 4]);
      const isClose = (received[0] & 15) === 8;
      socket.write(Buffer.concat([Buffer.from([received[0], length]), text]));
      received = received.subarray(6 + length);
      if (isClose) return socket.end();
    }
  });
  socket.on("error", () => socket.destroy());
});

server.listen(8080);
process.on("SIGTERM", () => process.exit(0));
