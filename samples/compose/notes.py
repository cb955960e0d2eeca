"""Keeps notes in Redis: POST adds one, GET lists them."""
import http.server
import socket


def redis(*words):
    """Sends one command (RESP) and returns the lines of its answer that are not lengths."""
    command = f"*{len(words)}\r\n" + "".join(f"${len(word.encode())}\r\n{word}\r\n" for word in words)
    with socket.create_connection(("db", 6379), timeout=10) as connection:
        connection.sendall(command.encode())
        answer = connection.makefile("rb")
        first = answer.readline().decode().strip()
        if first[0] != "*":
            return [first]
        lines = []
        for _ in range(int(first[1:])):
            length = int(answer.readline()[1:])
            lines.append(answer.read(length + 2)[:-2].decode())
        return lines


class Notes(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer("".join(f"{note}\n" for note in redis("LRANGE", "notes", "0", "-1")))

    def do_POST(self):
        redis("RPUSH", "notes", self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.answer("kept\n")

    def answer(self, text):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


http.server.HTTPServer(("", 8080), Notes).serve_forever()
