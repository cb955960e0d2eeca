using Gateway.Admin;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Tests.Admin;

public sealed class CrossSiteTests
{
    [Theory]
    [InlineData("http://127.0.0.1:9090", "127.0.0.1:9090", "http://127.0.0.1:9090", false)]
    [InlineData("http://127.0.0.1:9090", "localhost:9090", "http://localhost:9090", false)]
    [InlineData("http://[::1]:9090", "[::1]:9090", "http://[::1]:9090", false)]
    [InlineData("http://admin.internal:9090", "admin.internal:9090", "http://admin.internal:9090", false)]
    [InlineData("http://[::]:9090", "gateway:9090", "http://gateway:9090", false)]
    [InlineData("http://127.0.0.1:9090", "127.0.0.1:9090", "http://127.0.0.1:8081", true)]
    [InlineData("http://127.0.0.1:9090", "127.0.0.1:9090", "https://evil.example", true)]
    [InlineData("http://127.0.0.1:9090", "127.0.0.1:9090", "null", true)]
    [InlineData("http://127.0.0.1:9090", "evil.example:9090", "http://evil.example:9090", true)]
    public void Refuses_APostOfAPage_UnlessThePageIsOurs(string admin, string host, string origin, bool expected)
    {
        var context = new DefaultHttpContext();
        context.Request.Host = new HostString(host);
        context.Request.Headers.Origin = origin;

        Assert.Equal(expected, CrossSite.Refuses(context.Request, new Uri(admin)));
    }

    [Fact]
    public void Refuses_APostOfATool_Never()
    {
        var context = new DefaultHttpContext();
        context.Request.Host = new HostString("anything.example:9090");

        Assert.False(CrossSite.Refuses(context.Request, new Uri("http://127.0.0.1:9090")));
    }
}
