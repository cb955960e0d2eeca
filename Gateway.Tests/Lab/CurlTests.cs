using Gateway.Lab;
using Gateway.Lab.Clients;
using Xunit;

namespace Gateway.Tests.Lab;

/// <summary>curl over a round trip of 40 ms: the handshakes take the round trips that the design counts on.</summary>
[Collection(nameof(Timing))]
public sealed class CurlTests
{
    private const double RoundTrip = 40;

    [Fact]
    public async Task GetAsync_PlainHttp_TakesTwoRoundTrips()
    {
        await using var lab = await LabNetwork.CreateAsync(TimeSpan.FromMilliseconds(RoundTrip));
        using var certificates = new LabCertificates();
        await using var server = await NamespaceServer.StartAsync(lab.Server, certificates.Issue("hello.example"));
        var options = new CurlOptions { Url = $"http://{lab.Link.Server.Address}/", Namespace = lab.Client };

        var result = await BestOfAsync(3, options);

        Assert.Equal((200, "1.1", 1, 6), (result.HttpCode, result.HttpVersion, result.NumConnects, result.Downloaded));
        AssertRoundTrips(1, result.Connect);
        AssertRoundTrips(2, result.StartTransfer);
        Assert.Equal(0, result.AppConnect);
    }

    [Theory]
    [InlineData(TlsVersion.Tls13, 2)]
    [InlineData(TlsVersion.Tls12, 3)]
    public async Task GetAsync_Tls_HandshakesTakeTheVersionsRoundTrips(TlsVersion version, int roundTrips)
    {
        await using var lab = await LabNetwork.CreateAsync(TimeSpan.FromMilliseconds(RoundTrip));
        using var certificates = new LabCertificates();
        await using var server = await NamespaceServer.StartAsync(lab.Server, certificates.Issue("hello.example"));
        var options = new CurlOptions
        {
            Url = "https://hello.example/",
            Namespace = lab.Client,
            Resolve = lab.Link.Server.Address,
            CaFile = certificates.CaPath,
            MinTls = version,
            MaxTls = version,
            HttpVersion = CurlHttpVersion.Http2,
        };

        var result = await BestOfAsync(3, options);

        Assert.Equal((200, "2"), (result.HttpCode, result.HttpVersion));
        AssertRoundTrips(1, result.Connect);
        AssertRoundTrips(roundTrips, result.AppConnect);
        AssertRoundTrips(roundTrips + 1, result.StartTransfer);
    }

    [Fact]
    public async Task GetAllAsync_Repeated_SecondTransferUsesTheConnection()
    {
        await using var lab = await LabNetwork.CreateAsync(TimeSpan.Zero);
        using var certificates = new LabCertificates();
        await using var server = await NamespaceServer.StartAsync(lab.Server, certificates.Issue("hello.example"));
        var options = new CurlOptions { Url = $"http://[{lab.Link.Server.AddressV6}]/", Namespace = lab.Client, Repeat = 3 };

        var results = await Curl.GetAllAsync(options);

        Assert.Equal([1, 0, 0], results.Select(result => result.NumConnects));
    }

    [Fact]
    public async Task GetAsync_CertificateOfAnotherHost_IsRefusedUnlessInsecure()
    {
        await using var lab = await LabNetwork.CreateAsync(TimeSpan.Zero);
        using var certificates = new LabCertificates();
        await using var server = await NamespaceServer.StartAsync(lab.Server, certificates.Issue("other.example", "198.18.0.77"));
        var options = new CurlOptions
        {
            Url = "https://hello.example/",
            Namespace = lab.Client,
            Resolve = lab.Link.Server.AddressV6,
            CaFile = certificates.CaPath,
        };

        var refused = await Curl.GetAsync(options);
        var taken = await Curl.GetAsync(options with { Insecure = true });

        // CURLE_PEER_FAILED_VERIFICATION, libcurl-errors(3)
        Assert.Equal((60, 0), (refused.ExitCode, refused.HttpCode));
        Assert.Contains("hello.example", Assert.Throws<LabException>(refused.ThrowIfFailed).Message, StringComparison.Ordinal);
        Assert.Equal(200, taken.HttpCode);
    }

    [Fact]
    public async Task GetAsync_NobodyAnswers_EndsAfterTheTimeout()
    {
        await using var lab = await LabNetwork.CreateAsync(TimeSpan.FromSeconds(10));
        var options = new CurlOptions
        {
            Url = $"http://{lab.Link.Server.Address}/", Namespace = lab.Client, ConnectTimeout = TimeSpan.FromMilliseconds(200),
        };

        // CURLE_OPERATION_TIMEDOUT
        Assert.Equal(28, (await Curl.GetAsync(options)).ExitCode);
    }

    private static async Task<CurlResult> BestOfAsync(int count, CurlOptions options)
    {
        List<CurlResult> results = [];
        for (var i = 0; i < count; i++)
        {
            results.Add((await Curl.GetAsync(options)).ThrowIfFailed());
        }

        return results.MinBy(result => result.Total)!;
    }

    /// <summary>Above by less than one more round trip would add.</summary>
    private static void AssertRoundTrips(int count, double milliseconds) =>
        Assert.InRange(milliseconds, count * RoundTrip, (count * RoundTrip) + (RoundTrip * 0.9));
}
