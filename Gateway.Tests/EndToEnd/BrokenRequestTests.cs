using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Lab;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Nothing that a client sends writes a stack trace to the log, or keeps the next client from its answer.</summary>
[SideBySide]
public sealed class BrokenRequestTests : IAsyncLifetime
{
    private const int Https = 8443;
    private const int Admin = 9090;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly byte[] Preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0];

    private readonly LabCertificates _certificates = new();
    private EchoFunction _echo = null!;

    public async ValueTask InitializeAsync()
    {
        var certificate = _certificates.Issue("a.example");
        _echo = await EchoFunction.StartAsync(more: settings =>
        {
            settings["Kestrel"]!["Certificates"] = new JsonObject { ["Default"] = new JsonObject { ["Path"] = certificate.CertificatePath, ["KeyPath"] = certificate.KeyPath } };
            settings["Kestrel"]!["Endpoints"]!["tls"] = new JsonObject { ["Url"] = $"https://*:{Https}" };
            var routes = settings["ReverseProxy"]!["Routes"]!;
            routes["small"] = JsonNode.Parse("""{ "ClusterId": "echo", "MaxRequestBodySize": 10, "Match": { "Path": "/small" } }""");
            routes["short"] = JsonNode.Parse("""{ "ClusterId": "echo", "TimeoutPolicy": "short", "Match": { "Path": "/short" } }""");
            settings["RequestTimeouts"] = JsonNode.Parse("""{ "Policies": { "short": { "Timeout": "00:00:01" } } }""");
        });
    }

    [Fact]
    public async Task WhateverIsSent_NoStackTraceIsLogged_AndTheNextIsAnswered()
    {
        const string Post = "POST /x HTTP/1.1\r\nHost: a.example\r\n";
        string[] heads =
        [
            $"{Post}Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
            $"{Post}Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n",
            $"{Post}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc",
            $"{Post}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nbroken trailer\r\n\r\n",
            $"{Post}Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n-1\r\n",
            $"{Post}Transfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            $"{Post}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
            $"{Post}Content-Length: 100\r\n\r\nabc",
            $"{Post}Content-Length: -1\r\n\r\nabc",
            $"{Post}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
            $"{Post}Content-Length: 99999999999999999999\r\n\r\nabc",
            "POST /small HTTP/1.1\r\nHost: a.example\r\nContent-Length: 100\r\n\r\n" + new string('a', 100),
            "POST /small HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n" + new string('a', 100) + "\r\n0\r\n\r\n",
            "POST /short HTTP/1.1\r\nHost: a.example\r\nContent-Length: 100\r\n\r\na",
            "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\nhello",
            "CONNECT / HTTP/1.1\r\nHost: a.example\r\n\r\n",
            "TRACE / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n",
            "GET * HTTP/1.1\r\nHost: a.example\r\n\r\n",
            "GET http://b.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n",
            "GET http://[::1/ HTTP/1.1\r\nHost: a.example\r\n\r\n",
            "GET /%00 HTTP/1.1\r\nHost: a.example\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/9.9\r\nHost: a.example\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a.example\r\nX Y: 1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a.example\r\nCookie: a\u0001b\r\nConnection: close\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a.example\r\nContent-Type: ,,\r\nAccept: \"\r\nRange: x\r\nIf-Modified-Since: y\r\nConnection: close\r\n\r\n",
            $"GET / HTTP/1.1\r\nHost: a.example\r\nX: {new string('a', 40_000)}\r\n\r\n",
            $"GET / HTTP/1.1\r\nHost: a.example\r\n{string.Concat(Enumerable.Repeat("X: 1\r\n", 200))}\r\n",
            $"GET /{new string('a', 20_000)} HTTP/1.1\r\nHost: a.example\r\n\r\n",
            "GET /ws HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 99\r\n\r\n\u0001\u0002\u0003",
            "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: !!\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a.example\r\nUpgrade: x\r\nConnection: Upgrade\r\nContent-Length: 5\r\n\r\nab",
            "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003garbage",
            "\u0016\u0003\u0001\u0000\u0005\u0001\u0000\u0000\u0001\u0000",
            "\0\0\0\0", "\r\n\r\n\r\n", "A", "GET", "GET / HTTP/1.1\r\nHost: a.example\r\n",
        ];
        byte[][] frames =
        [
            [.. Preface, .. Frame(0, 0, 1, "data on an idle stream"u8)],
            [.. Preface, .. Frame(1, 5, 1, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff])], // a broken header block
            [.. Preface, .. Frame(1, 4, 2, [0x82])], // an even stream
            [.. Preface, .. Frame(1, 0, 1, [0x82]), .. Frame(0, 0, 1, "x"u8)], // no CONTINUATION
            [.. Preface, .. Frame(8, 0, 0, [0, 0, 0, 0])], // a window of nothing
            [.. Preface, .. Frame(4, 0, 0, [0, 5, 0, 0, 0, 1])], // a frame size that is not allowed
            [.. Preface, .. Frame(6, 0, 0, "short"u8)], [.. Preface, .. Frame(7, 0, 0, [])],
            [.. Preface, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1], // a frame of 16 MiB
            [.. Preface, .. Frame(1, 4, 1, Headers("POST", "/x")), .. Frame(0, 0, 1, "abc"u8), .. Frame(3, 0, 1, [0, 0, 0, 8])], // a request that is taken back
            [.. Preface, .. Frame(1, 4, 1, [.. Headers("POST", "/x"), .. Literal("content-length", "3")]), .. Frame(0, 1, 1, "abcdef"u8)], // more than its length
            [.. Preface, .. Frame(1, 5, 1, [.. Literal(":method", "CONNECT"), .. Literal(":authority", "a.example:443")])],
            [.. Preface, .. Frame(1, 5, 1, [.. Literal(":method", "CONNECT"), .. Literal(":protocol", "connect-udp"), .. Literal(":scheme", "http"), .. Literal(":path", "/"), .. Literal(":authority", "a.example")])],
            [.. Preface, .. Frame(1, 5, 1, [.. Headers("GET", "/x"), .. Literal("connection", "close")])],
            [.. Preface, .. Frame(1, 5, 1, [.. Headers("GET", "/x"), .. Literal("Upper", "x")])],
            Preface[..20],
        ];

        // To every kind of address, ended by a FIN and by a reset.
        foreach (var port in (int[])[EchoFunction.Shared, EchoFunction.Listen, Https, Admin])
        {
            foreach (var bytes in heads.Select(Encoding.Latin1.GetBytes).Concat(frames))
            {
                await SendAsync(port, bytes, reset: false);
                await SendAsync(port, bytes, reset: true);
            }
        }

        foreach (var head in heads.Select(Encoding.Latin1.GetBytes).Concat(frames))
        {
            await SendTlsAsync(head);
        }

        foreach (var port in (int[])[EchoFunction.Shared, EchoFunction.Listen])
        {
            Assert.StartsWith("HTTP/1.1 501", await _echo.SendAsync("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\nConnection: close\r\n\r\n", port), StringComparison.Ordinal);
            Assert.StartsWith("HTTP/1.1 400", await _echo.SendAsync("POST /x HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", port), StringComparison.Ordinal);
            Assert.StartsWith("HTTP/1.1 200", await _echo.SendAsync("GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n", port), StringComparison.Ordinal);
        }

        Assert.Equal(0, await _echo.Gateway.StopAsync(TimeSpan.FromSeconds(40)));
        string[] failures = [.. _echo.Gateway.Log.Where(line => line.Contains("   at ", StringComparison.Ordinal) || line.Contains("Exception", StringComparison.Ordinal) || line.Contains(" fail: ", StringComparison.Ordinal))];
        Assert.Empty(failures);
    }

    public async ValueTask DisposeAsync()
    {
        await _echo.DisposeAsync();
        _certificates.Dispose();
    }

    private static byte[] Frame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload) =>
        [0, (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, 0, 0, 0, (byte)stream, .. payload];

    private static byte[] Headers(string method, string path) =>
        [.. Literal(":method", method), .. Literal(":path", path), .. Literal(":scheme", "http"), .. Literal(":authority", "a.example")];

    // RFC 7541, section 6.2.2: a literal without indexing, with a new name and no Huffman coding.
    private static byte[] Literal(string name, string value) => [0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];

    private async Task SendAsync(int port, byte[] bytes, bool reset)
    {
        using var socket = await _echo.Space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        try
        {
            await socket.SendAsync(bytes);
            if (reset)
            {
                // The gateway has to have read what there is, or it never sees it. It answers nothing that it could be waited for.
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
                socket.LingerState = new LingerOption(enable: true, seconds: 0);
                return;
            }

            socket.Shutdown(SocketShutdown.Send);
            using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
            var buffer = new byte[4096];
            while (await socket.ReceiveAsync(buffer, limit.Token) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // The gateway has reset the connection.
        }
    }

    private async Task SendTlsAsync(byte[] bytes)
    {
        await using var tcp = new NetworkStream(await _echo.Space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, Https)), ownsSocket: true);
        await using var tls = new SslStream(tcp);
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "a.example",
                ApplicationProtocols = bytes.AsSpan().StartsWith("PRI"u8) ? [SslApplicationProtocol.Http2] : [SslApplicationProtocol.Http11],
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
            });
            await tls.WriteAsync(bytes);
            await tls.FlushAsync();
        }
        catch (IOException)
        {
            // The gateway has reset the connection.
        }
    }
}
