"""Says what time it is."""
import datetime
import http.server


class Clock(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"{datetime.datetime.now():%H:%M:%S}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


http.server.HTTPServer(("", 8080), Clock).serve_forever()
