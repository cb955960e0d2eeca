using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gateway.Admin;
using Gateway.Configuration;
using Gateway.Telemetry;

namespace Gateway.CommandLine;

/// <summary>Asks the admin endpoint of a running gateway. What goes wrong is a <see cref="CommandException"/> with a sentence that says where, and what to do.</summary>
internal sealed class AdminApi : IDisposable
{
    /// <summary>The most bytes of an answer that are read: ten thousand functions need some 10 MiB.</summary>
    private const int LargestAnswer = 64 << 20;

    private static readonly TimeSpan s_connect = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http;
    private readonly AdminAddress _address;

    public AdminApi(AdminAddress address)
    {
        _address = address;
        var handler = new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, ConnectTimeout = s_connect };
        if (address.Socket is { } socket)
        {
            handler.ConnectCallback = (_, cancellationToken) => ConnectAsync(socket, cancellationToken);
        }

        if (address.Certificate is { } certificate)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, errors) => errors == SslPolicyErrors.None || IsIn(certificate, shown);
        }

        _http = new HttpClient(handler)
        {
            BaseAddress = address.Socket is null ? address.Url : new Uri("http://localhost"),
            // A wake takes as long as the function's start, whose time the gateway bounds.
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = LargestAnswer,
        };
        if (address.Token is { } token)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    /// <summary>Returns all functions, in the order of their names.</summary>
    public Task<IReadOnlyList<FunctionView>> FunctionsAsync(CancellationToken cancellationToken) => ReadAsync("/api/functions", AdminJson.Default.IReadOnlyListFunctionView, cancellationToken);

    /// <summary>Returns the last cold start of each function that has had one.</summary>
    public Task<IReadOnlyList<ColdStartView>> LastColdStartsAsync(CancellationToken cancellationToken) =>
        ReadAsync("/api/coldstarts?latest=true", AdminJson.Default.IReadOnlyListColdStartView, cancellationToken);

    /// <summary>Returns an answer as it comes.</summary>
    public async Task<string> TextAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Get, path, HttpCompletionOption.ResponseContentRead, cancellationToken);
        return response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync(cancellationToken) : throw await StrangerAsync(response, cancellationToken);
    }

    /// <summary>Wakes a function or brings it to rest, and returns it as it is then.</summary>
    /// <param name="name">The function.</param>
    /// <param name="action"><c>wake</c> or <c>sleep</c>, with its query.</param>
    public async Task<FunctionView> ActAsync(string name, string action, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Post, $"/api/functions/{Uri.EscapeDataString(name)}/{action}", HttpCompletionOption.ResponseContentRead, cancellationToken);
        return response.IsSuccessStatusCode ? await ParseAsync(response, AdminJson.Default.FunctionView, cancellationToken) : throw await RefusedAsync(name, response, cancellationToken);
    }

    /// <summary>Begins to read what belongs to a function, and returns the answer whose content is not read yet.</summary>
    public async Task<HttpResponseMessage> OpenAsync(string name, string what, CancellationToken cancellationToken)
    {
        var response = await SendAsync(HttpMethod.Get, $"/api/functions/{Uri.EscapeDataString(name)}/{what}", HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw await RefusedAsync(name, response, cancellationToken);
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Returns that the gateway does not answer any more, for a reader whose answer has broken off.</summary>
    public CommandException Gone() => new($"the gateway at {_address.Text} has ended, or its connection is broken.", ExitCodes.Found);

    private async Task<T> ReadAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Get, path, HttpCompletionOption.ResponseContentRead, cancellationToken);
        return response.IsSuccessStatusCode ? await ParseAsync(response, type, cancellationToken) : throw await StrangerAsync(response, cancellationToken);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpCompletionOption completion, CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        try
        {
            using var request = new HttpRequestMessage(method, path);
            response = await _http.SendAsync(request, completion, cancellationToken);
        }
        catch (Exception error) when (error is HttpRequestException or IOException || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new CommandException(error is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError }
                ? $"{_address.Text} shows a certificate that is not trusted here; add its issuer to the machine's, or name the gateway's folder with --contentRoot."
                : $"no gateway answers at {_address.Text}, {_address.Origin}; {_address.Remedy}.", ExitCodes.Found);
        }

        if (response.StatusCode != HttpStatusCode.Unauthorized)
        {
            return response;
        }

        response.Dispose();
        throw new CommandException(
            _address.Token is null ? $"the gateway at {_address.Text} needs a token; name its file with --token-file." : $"the gateway at {_address.Text} refuses the token of {_address.TokenOrigin}; name the file of another one with --token-file.",
            ExitCodes.CannotStart);
    }

    // 404 is also what another server answers, or a gateway that does not know the page.
    private async Task<CommandException> RefusedAsync(string name, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.StatusCode != HttpStatusCode.NotFound)
        {
            return await StrangerAsync(response, cancellationToken);
        }

        var names = (await FunctionsAsync(cancellationToken)).Select(function => function.Name).ToArray();
        return new CommandException(
            names.Contains(name, StringComparer.OrdinalIgnoreCase) ? $"the gateway at {_address.Text} is of a version that cannot do that; upgrade it."
            : Suggestion.For(name, names) is { } near ? $"unknown function '{name}'; did you mean '{near}'?"
            : $"unknown function '{name}'; {(names.Length == 0 ? "the gateway has none" : $"known are {string.Join(", ", names.Take(10))}{(names.Length > 10 ? " and others" : "")}")}.",
            ExitCodes.CannotStart);
    }

    private async Task<CommandException> StrangerAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType?.MediaType != "application/problem+json")
        {
            return new CommandException($"what answers at {_address.Text} is no gateway: it says {(int)response.StatusCode}; {_address.Remedy}.", ExitCodes.Found);
        }

        var problem = await ParseAsync(response, AdminJson.Default.ErrorView, cancellationToken);
        // A mistake of whoever asks has a status from 400; a function that does not start one from 500.
        return new CommandException(problem.Detail, problem.Status < 500 ? ExitCodes.CannotStart : ExitCodes.Found);
    }

    private async Task<T> ParseAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            return await JsonSerializer.DeserializeAsync(body, type, cancellationToken) ?? throw new JsonException("null");
        }
        catch (JsonException)
        {
            throw new CommandException($"what answers at {_address.Text} is no gateway: its answer is not the JSON of one; {_address.Remedy}.", ExitCodes.Found);
        }
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // The endpoint's own certificate, whoever issued it and for whichever name: who can write that file configures the gateway.
    private static bool IsIn(string file, X509Certificate? shown)
    {
        try
        {
            using var own = X509CertificateLoader.LoadCertificateFromFile(file);
            return shown is not null && CryptographicOperations.FixedTimeEquals(shown.GetRawCertData(), own.RawData);
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
