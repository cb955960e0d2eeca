using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Gateway.Lab;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.EndToEnd;

/// <summary>A call of an engine's API, as docs/security.md lists it.</summary>
/// <param name="Engine"><c>Docker</c>, <c>Podman</c> or <c>both</c>; with <c>, TCP</c> behind it if an engine on this machine's own socket gets no such call.</param>
internal sealed record EngineCall(string Method, string Path, string Engine)
{
    /// <summary>Reads the calls in docs/security.md.</summary>
    public static IReadOnlyList<EngineCall> ReadAll() =>
    [
        .. File.ReadLines(SourceTree.Path("docs", "security.md"))
            .SkipWhile(line => !line.StartsWith("<!-- calls:", StringComparison.Ordinal))
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && line.Contains('`', StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Select(cells => new EngineCall(cells[1], cells[2].Trim('`'), cells[3])),
    ];

    /// <summary>An image's name may have slashes in it, and an id has none.</summary>
    public bool Matches(string method, string path) =>
        method == Method && Regex.IsMatch(path, "^(?:/v[0-9.]+)?" + Regex.Replace(Path, @"\{\w+\}", match => match.Value == "{name}" ? ".+" : "[^/]+", RegexOptions.None, TimeSpan.FromSeconds(1)) + "$", RegexOptions.None, TimeSpan.FromSeconds(1));
}

/// <summary>A socket in front of an engine's that lets only certain calls through, as a careful operator would put there.</summary>
internal sealed class EngineProxy : IAsyncDisposable
{
    private readonly LabDirectory _directory = LabDirectory.Create("proxy");
    private readonly IReadOnlyList<EngineCall> _allowed;
    private readonly HttpClient _engine;
    private readonly WebApplication _app;

    // The server does not close a descriptor that it is given, and a second listener on the port would share its connections.
    private readonly Socket? _listener;

    private EngineProxy(string socket, IReadOnlyList<EngineCall> allowed, Socket? listener)
    {
        (_allowed, _listener) = (allowed, listener);
        _engine = new HttpClient(new SocketsHttpHandler { UseProxy = false, ConnectCallback = (_, token) => ConnectAsync(socket, token) }) { Timeout = Timeout.InfiniteTimeSpan };
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            if (listener is null)
            {
                kestrel.ListenUnixSocket(SocketPath);
            }
            else
            {
                kestrel.ListenHandle((ulong)listener.Handle);
            }
        });
        _app = builder.Build();
        _app.Run(ForwardAsync);
    }

    public string SocketPath => _directory.File("proxy.sock");

    /// <summary>Gets the calls that were made.</summary>
    public ConcurrentDictionary<EngineCall, bool> Used { get; } = [];

    /// <summary>Gets or sets what is done between an engine's answer to a call that changes something and its way to the gateway, by the call's path.</summary>
    public Func<string, Task> Answering { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Gets what the gateway was told by the engine's events.</summary>
    public ConcurrentQueue<string> Events { get; } = [];

    /// <summary>Gets the calls that were refused.</summary>
    public ConcurrentQueue<string> Refused { get; } = [];

    /// <param name="socket">The path of the engine's socket.</param>
    /// <param name="allowed">The calls that are let through.</param>
    /// <param name="listener">A listening socket to take connections from instead of those at <see cref="SocketPath"/>, which is the proxy's from here on.</param>
    public static async Task<EngineProxy> StartAsync(string socket, IReadOnlyList<EngineCall> allowed, Socket? listener = null)
    {
        var proxy = new EngineProxy(socket, allowed, listener);
        await proxy._app.StartAsync();
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _listener?.Dispose();
        _engine.Dispose();
        _directory.Dispose();
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private async Task ForwardAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (_allowed.FirstOrDefault(call => call.Matches(request.Method, request.Path)) is not { } allowed)
        {
            Refused.Enqueue($"{request.Method} {request.Path}");
            response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        Used[allowed] = true;
        try
        {
            using var message = new HttpRequestMessage(new HttpMethod(request.Method), new Uri($"http://engine{request.Path}{request.QueryString}"));
            if (request.ContentLength is > 0 || request.Headers.TransferEncoding.Count > 0)
            {
                message.Content = new StreamContent(request.Body);
                message.Content.Headers.TryAddWithoutValidation("Content-Type", request.ContentType);
                message.Content.Headers.ContentLength = request.ContentLength;
            }

            foreach (var header in request.Headers.Where(header => header.Key.StartsWith("X-", StringComparison.OrdinalIgnoreCase)))
            {
                message.Headers.TryAddWithoutValidation(header.Key, header.Value.AsEnumerable());
            }

            using var answer = await _engine.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
            response.StatusCode = (int)answer.StatusCode;
            response.ContentType = answer.Content.Headers.ContentType?.ToString();
            foreach (var header in answer.Headers.Where(header => header.Key.StartsWith("X-", StringComparison.OrdinalIgnoreCase)))
            {
                response.Headers[header.Key] = header.Value.ToArray();
            }

            if (HttpMethods.IsPost(request.Method))
            {
                await Answering(request.Path);
            }

            await response.StartAsync(context.RequestAborted);
            await using var body = await answer.Content.ReadAsStreamAsync(context.RequestAborted);
            var buffer = new byte[8192];
            while (await body.ReadAsync(buffer, context.RequestAborted) is > 0 and var read)
            {
                await response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
                await response.Body.FlushAsync(context.RequestAborted);
                if (request.Path.Value!.EndsWith("/events", StringComparison.Ordinal))
                {
                    Events.Enqueue(Encoding.UTF8.GetString(buffer, 0, read));
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or HttpRequestException or IOException)
        {
            context.Abort();
        }
    }
}
