using System.Net;
using Gateway.Admin;
using Gateway.Configuration;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Tests.Admin;

public sealed class AdminGuardTests
{
    [Theory]
    [InlineData("127.0.0.1:9090", true)]
    [InlineData("127.8.9.1", true)]
    [InlineData("[::1]:9090", true)]
    [InlineData("localhost:19090", true)]
    [InlineData("LOCALHOST.", true)]
    [InlineData("192.0.2.7:9090", true)] // dialled
    [InlineData("[::ffff:192.0.2.7]:9090", true)]
    [InlineData("gateway.internal:9090", true)]
    [InlineData("GATEWAY.internal.", true)]
    [InlineData("198.51.100.1", true)] // listed
    [InlineData("", true)]
    [InlineData("192.0.2.8:9090", false)]
    [InlineData("evil.example:9090", false)]
    [InlineData("localhost.evil.example", false)]
    [InlineData("127.0.0.1.evil.example:9090", false)]
    [InlineData("xgateway.internal", false)]
    public void IsKnown_OnEveryAddress_TakesWhatWasDialledAndWhatIsListed(string host, bool expected)
    {
        var admin = new AdminOptions { Url = new Uri("http://[::]:9090"), Listen = [new("http", null, 9090)], Hosts = ["gateway.internal", "198.51.100.1"] };

        Assert.Equal(expected, AdminGuard.IsKnown(new HostString(host), admin, IPAddress.Parse("::ffff:192.0.2.7")));
    }

    [Theory]
    [InlineData("POST", "", false)]
    [InlineData("POST", "Origin: http://127.0.0.1:9090", false)]
    [InlineData("POST", "Origin: http://127.0.0.1:9090 | Sec-Fetch-Site: same-origin", false)]
    [InlineData("POST", "Sec-Fetch-Site: none", false)]
    [InlineData("POST", "Origin: http://127.0.0.1:8081", true)]
    [InlineData("POST", "Origin: https://evil.example", true)]
    [InlineData("POST", "Origin: null", true)]
    [InlineData("POST", "Origin: http://127.0.0.1:9090 | Origin: https://evil.example", true)]
    [InlineData("POST", "Origin: http://127.0.0.1:9090 | Origin: http://127.0.0.1:9090", true)]
    [InlineData("POST", "Sec-Fetch-Site: cross-site", true)]
    [InlineData("POST", "Sec-Fetch-Site: same-site", true)]
    [InlineData("POST", "Sec-Fetch-Site: same-origin | Sec-Fetch-Site: same-origin", true)]
    [InlineData("POST", "Sec-Fetch-Site: cross-site | Sec-Fetch-Mode: navigate | Sec-Fetch-Dest: document", true)]
    [InlineData("DELETE", "Sec-Fetch-Site: cross-site", true)]
    [InlineData("GET", "", false)]
    [InlineData("GET", "Sec-Fetch-Site: none | Sec-Fetch-Mode: navigate | Sec-Fetch-Dest: document", false)]
    [InlineData("GET", "Sec-Fetch-Site: cross-site | Sec-Fetch-Mode: navigate | Sec-Fetch-Dest: document", false)] // a link that was followed
    [InlineData("GET", "Sec-Fetch-Site: cross-site | Sec-Fetch-Mode: navigate | Sec-Fetch-Dest: iframe", true)]
    [InlineData("GET", "Sec-Fetch-Site: cross-site | Sec-Fetch-Mode: no-cors | Sec-Fetch-Dest: image", true)]
    [InlineData("GET", "Sec-Fetch-Site: same-site | Sec-Fetch-Mode: cors | Sec-Fetch-Dest: empty", true)]
    [InlineData("GET", "Origin: https://evil.example", true)]
    public void IsFromAnotherSite_ByWhatBrowsersSend(string method, string headers, bool expected)
    {
        var request = new DefaultHttpContext().Request;
        request.Method = method;
        request.Host = new HostString("127.0.0.1:9090");
        foreach (var header in headers.Split(" | ", StringSplitOptions.RemoveEmptyEntries))
        {
            request.Headers.Append(header.Split(": ")[0], header.Split(": ", 2)[1]);
        }

        Assert.Equal(expected, AdminGuard.IsFromAnotherSite(request));
    }

    [Theory]
    [InlineData("https://admin.internal", "admin.internal", false)]
    [InlineData("https://admin.internal", "admin.internal:443", false)]
    [InlineData("https://admin.internal", "admin.internal:9090", true)]
    [InlineData("http://[::1]:9090", "[::1]:9090", false)]
    public void IsFromAnotherSite_PortsThatAreLeftOut_AreTheSchemes(string origin, string host, bool expected)
    {
        var request = new DefaultHttpContext().Request;
        (request.Method, request.Host, request.Headers.Origin) = ("POST", new HostString(host), origin);

        Assert.Equal(expected, AdminGuard.IsFromAnotherSite(request));
    }
}
