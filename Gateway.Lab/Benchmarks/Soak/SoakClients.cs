using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Gateway.Lab.Networking;

namespace Gateway.Lab.Benchmarks.Soak;

/// <summary>Sends requests of every kind to functions at random, with pauses in which functions come to rest.</summary>
internal sealed class SoakClients(NetworkNamespace space, SoakFleet fleet, SoakTally tally, X509Certificate2 authority)
{
    /// <summary>The host that the certificate is for.</summary>
    public const string Host = "soak.example";

    private const int MostPauseMilliseconds = 2_500;
    private static readonly Dictionary<string, IPAddress> s_hosts = new(StringComparer.Ordinal) { [Host] = IPAddress.Loopback };
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(40);

    /// <summary>Sends until it is told to stop; what is under way then is still waited for.</summary>
    /// <param name="seed">Where the sequence of choices begins.</param>
    public async Task RunAsync(int seed, CancellationToken stop)
    {
        var random = new Random(seed);
        using var kept = Client(HttpVersion.Version11, TimeSpan.FromMinutes(1));
        using var fresh = Client(HttpVersion.Version11, TimeSpan.Zero);
        using var two = Client(HttpVersion.Version20, TimeSpan.FromSeconds(random.Next(1, 20)));
        while (!stop.IsCancellationRequested)
        {
            var function = fleet.Names[random.Next(fleet.Names.Count)];
            await (random.Next(7) switch
            {
                0 => tally.CountAsync("HTTP/1.1, new connection", function, () => GetAsync(fresh, Plain(function))),
                1 => tally.CountAsync("HTTP/1.1, kept connection", function, () => GetAsync(kept, Plain(function))),
                2 => tally.CountAsync("HTTP/1.1, TLS, new connection", function, () => GetAsync(fresh, Tls(function))),
                3 => tally.CountAsync("HTTP/2, TLS", function, () => GetAsync(two, Tls(function))),
                4 => tally.CountAsync("POST, 64 KiB", function, () => PostAsync(fresh, Plain(function), random)),
                5 => tally.CountAsync("WebSocket", function, () => WebSocketAsync(function)),
                _ => tally.CountAsync("gRPC", fleet.GrpcName, () => GrpcAsync(two, random)),
            });
            // A client's pause, in which functions come to rest.
            if (random.Next(3) == 0)
            {
                await Task.Delay(random.Next(MostPauseMilliseconds), stop).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
        }
    }

    private string Plain(string function) => $"http://{Host}:{fleet.PlainPort(function)}";

    private string Tls(string function) => $"https://{Host}:{fleet.TlsPort(function)}";

    private HttpClient Client(Version version, TimeSpan lifetime)
    {
        var client = space.CreateHttpClient(s_hosts, handler =>
        {
            handler.PooledConnectionLifetime = lifetime;
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { authority },
                RevocationMode = X509RevocationMode.NoCheck,
            };
        });
        client.DefaultRequestVersion = version;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        client.Timeout = s_patience;
        return client;
    }

    private static async Task<string?> GetAsync(HttpClient client, string address)
    {
        using var answer = await client.GetAsync($"{address}/slow?ms=20");
        var body = await answer.Content.ReadAsStringAsync();
        return answer.StatusCode == HttpStatusCode.OK && body.StartsWith("slow", StringComparison.Ordinal) ? null : $"{(int)answer.StatusCode} {body}";
    }

    private static async Task<string?> PostAsync(HttpClient client, string address, Random random)
    {
        var sent = new byte[64 * 1024];
        random.NextBytes(sent);
        using var content = new ByteArrayContent(sent);
        using var answer = await client.PostAsync($"{address}/echo", content);
        var received = await answer.Content.ReadAsByteArrayAsync();
        return answer.StatusCode == HttpStatusCode.OK && received.AsSpan().SequenceEqual(sent) ? null : $"{(int)answer.StatusCode}, {received.Length} bytes";
    }

    private async Task<string?> WebSocketAsync(string function)
    {
        using var limit = new CancellationTokenSource(s_patience);
        using var socket = new ClientWebSocket();
        using var invoker = Client(HttpVersion.Version11, TimeSpan.Zero);
        await socket.ConnectAsync(new Uri($"ws://{Host}:{fleet.PlainPort(function)}/ws"), invoker, limit.Token);
        var buffer = new byte[64];
        for (byte i = 0; i < 5; i++)
        {
            await socket.SendAsync(new[] { i }, WebSocketMessageType.Binary, endOfMessage: true, limit.Token);
            var got = await socket.ReceiveAsync(buffer, limit.Token);
            if (got.Count != 1 || buffer[0] != i)
            {
                return $"message {i} came back as {got.MessageType} of {got.Count} bytes";
            }

            // A conversation takes its time, so that faults and rests fall into it.
            await Task.Delay(50, limit.Token);
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, statusDescription: null, limit.Token);
        return null;
    }

    private async Task<string?> GrpcAsync(HttpClient client, Random random)
    {
        var sent = new byte[random.Next(1, 4096)];
        using var content = new ByteArrayContent(sent);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{Tls(fleet.GrpcName)}/Soak/Echo") { Content = content, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.TE.ParseAdd("trailers");
        using var answer = await client.SendAsync(request);
        var received = await answer.Content.ReadAsByteArrayAsync();
        var status = answer.TrailingHeaders.TryGetValues("grpc-status", out var values) ? string.Join(',', values) : "none";
        return answer.StatusCode == HttpStatusCode.OK && status == "0" && received.Length == sent.Length ? null : $"{(int)answer.StatusCode}, grpc-status {status}, {received.Length} of {sent.Length} bytes";
    }
}
