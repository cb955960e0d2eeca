using System.Globalization;
using System.Net.Http.Json;
using Gateway.Lab.Clients;
using Gateway.Lab.Hosts;
using Gateway.Lab.Linking;
using Gateway.Lab.Networking;

namespace Gateway.Lab.Commands;

/// <summary>
/// A client far away from the gateway that runs on this machine, because over loopback there are no round trips to hide a start in. It puts the
/// sample function to rest, requests it cold and warm over a delayed link, and prints what the start cost.
/// </summary>
internal static class ClientCommand
{
    private const string Function = "hello";
    private const string Usage = "client: takes --rtt MILLISECONDS, 0 to 10000";

    /// <summary>The last of 198.18.0.0/15: this machine may have labs of its own.</summary>
    private const int Subnet = 511;

    private static readonly Uri Admin = new("http://127.0.0.1:9090");

    /// <param name="arguments">Nothing, or <c>--rtt</c> and the round trip in milliseconds; 100 by default.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var text = arguments switch
        {
            [] => "100",
            ["--rtt", var given] => given,
            _ => null,
        };
        if (!double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var milliseconds) || milliseconds > 10_000)
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }

        using var admin = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = Admin };
        await SleepAsync(admin);
        using var here = NetworkNamespace.Open("/proc/self/ns/net");
        using var there = NetworkNamespace.Create();
        await using var link = await DelayedLink.CreateAsync(there, here, TimeSpan.FromMilliseconds(milliseconds / 2), new() { Subnet = Subnet, IsBare = true });
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"A client {milliseconds:0.#} ms away (round trip) asks for '{Function}', which is at rest, by HTTPS:"));
        var cold = await GetAsync(there, link);
        var starts = await admin.GetFromJsonAsync<List<ColdStart>>($"/api/coldstarts?function={Function}&last=1");
        Console.WriteLine($"  cold  first byte after {cold:0} ms  {Describe(starts)}");
        Console.WriteLine($"  warm  first byte after {await GetAsync(there, link):0} ms");
        return 0;
    }

    private static async Task SleepAsync(HttpClient admin)
    {
        try
        {
            (await admin.PostAsync($"/api/functions/{Function}/sleep", content: null)).EnsureSuccessStatusCode();
        }
        catch (HttpRequestException error)
        {
            throw new LabException($"There is no gateway with the function '{Function}' at {Admin} ({error.Message}); start ./run in another terminal first", error);
        }
    }

    private static string Describe(List<ColdStart>? starts) => starts is [var start]
        ? string.Create(CultureInfo.InvariantCulture, $"(woken by {start.Signal}; ready after {start.Phases["ready"] / 1000.0:0} ms, {start.Hidden / 1000.0:0} ms of them inside the handshakes: penalty {start.Penalty / 1000.0:0} ms)")
        : "";

    private static async Task<double> GetAsync(NetworkNamespace there, DelayedLink link) =>
        (await Curl.GetAsync(new CurlOptions
        {
            Namespace = there,
            Url = "https://localhost:8445/",
            Resolve = link.Server.Address,
            CaFile = SourceTree.Path("artifacts", "dev", "ca.pem"),
            MinTls = TlsVersion.Tls13,
        })).ThrowIfFailed().StartTransfer;
}
