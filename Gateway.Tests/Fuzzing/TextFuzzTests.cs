using System.Net;
using System.Text;
using Gateway.Configuration;
using Gateway.Forwarding;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Xunit;

namespace Gateway.Tests.Fuzzing;

/// <summary>For any text the readers of single values give a value or say what is wrong, and never throw.</summary>
public sealed class TextFuzzTests
{
    private static readonly byte[][] Networks =
        [.. new[] { "10.0.0.0/8", "192.0.2.1", "192.0.2.1/32", "0.0.0.0/0", "2001:db8::/32", "::/0", "::ffff:10.0.0.0/104", "fe80::1%1/64", "[::1]/128" }.Select(Encoding.Latin1.GetBytes)];

    private static readonly byte[][] Addresses =
        [.. new[] { "http://*:80", "https://203.0.113.7:443", "http://[2001:db8::7]:8100-8110", "http://localhost:8081/", "http://+:1-9" }.Select(Encoding.Latin1.GetBytes)];

    private static readonly byte[][] Targets =
    [
        .. new[]
        {
            "/", "/@scope%2fpkg", "/a%252fb?q=%2f%41", "/a/../b%2fc/./%2e%2E/d", "http://a.example/a%41?b=%41", "/%C3%28/%ff/%zz", "/a\\b\"<>^`{|}#x", "//a//b;c=d,e:f@g!$&'()*+",
            "/caf\u00c3\u00a9?\u00e2", "*", "https://[::1]:1?x",
        }.Select(Encoding.Latin1.GetBytes),
    ];

    private static readonly byte[][] Options = [.. new[] { "close", "keep-alive, X-Secret, x-other", "Upgrade, HTTP2-Settings", " ,, TE ,\t@", "X-Forwarded-For,Host,Content-Length" }.Select(Encoding.Latin1.GetBytes)];

    [Fact]
    public void Network_OfMutatedText_HoldsItsAddress_OrASentence()
    {
        var read = Run(seed: 21, Networks, text =>
        {
            if (!SourceNetworks.TryParse(text, out var network, out var error))
            {
                Assert.EndsWith(".", error, StringComparison.Ordinal);
                return false;
            }

            Assert.True(new SourceNetworks([network.Value]).Contains(network.Value.BaseAddress));
            Assert.True(SourceNetworks.TryParse(network.Value.ToString(), out var again, out _) && again == network);
            return true;
        });
        Assert.True(read);
    }

    [Fact]
    public void Listen_OfMutatedText_IsAddresses_OrASentence() => Assert.True(Run(seed: 22, Addresses, text =>
    {
        if (!ListenParser.TryParse(text, out var addresses, out var error))
        {
            Assert.EndsWith(".", error, StringComparison.Ordinal);
            return false;
        }

        Assert.All(addresses.Take(3), address => Assert.InRange(address.Port, 1, IPEndPoint.MaxPort));
        return true;
    }));

    // What the client sends is Kestrel's to decode; the raw target may be any bytes all the same.
    [Fact]
    public void Target_OfMutatedText_IsOneRequestLine()
    {
        var context = new DefaultHttpContext();
        var feature = context.Features.GetRequiredFeature<IHttpRequestFeature>();
        Assert.True(Run(seed: 23, Targets, text =>
        {
            var end = text.IndexOf('?', StringComparison.Ordinal);
            var path = end < 0 ? text : text[..end];
            feature.RawTarget = text;
            feature.Path = path.StartsWith('/') ? Decoded(path) : "/";
            if (RawTarget.Address(context.Request, "http://127.0.0.1:8080/", context.Request.Path, changedQuery: null) is not { } address)
            {
                return false;
            }

            Assert.DoesNotContain(address.PathAndQuery, c => c is <= ' ' or > '~' or '#');
            Assert.StartsWith("/", address.PathAndQuery, StringComparison.Ordinal);
            Assert.Equal("127.0.0.1:8080", address.Authority);
            return true;
        }));
    }

    [Fact]
    public void ConnectionOptions_OfMutatedText_AreNamesThatMayBeRemoved() => Assert.True(Run(seed: 24, Options, text =>
    {
        var any = false;
        foreach (var range in text.AsSpan().Split(','))
        {
            if (ConnectionOptions.Name(text.AsSpan(range)) is not { } name)
            {
                continue;
            }

            any = true;
            Assert.True(Gateway.Configuration.Policies.HeaderName.IsValid(name), name);
            Assert.DoesNotContain(name, (string[])["Host", "Content-Length", "close", "upgrade"], StringComparer.OrdinalIgnoreCase);
        }

        return any;
    }));

    private static string Decoded(string path)
    {
        try
        {
            return Uri.UnescapeDataString(path);
        }
        catch (UriFormatException)
        {
            return path;
        }
    }

    /// <returns>Returns whether at least one input in fifty was taken.</returns>
    private static bool Run(int seed, byte[][] corpus, Func<string, bool> read)
    {
        var mutator = new Mutator(seed, corpus);
        var rounds = Mutator.Rounds(50_000);
        var taken = 0;
        for (var i = 0; i < rounds; i++)
        {
            var text = Encoding.Latin1.GetString(mutator.Next());
            try
            {
                taken += read(text) ? 1 : 0;
            }
            catch (Exception error) when (error is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"Round {i}, '{text}': {error}");
            }
        }

        return taken >= rounds / 50;
    }
}
