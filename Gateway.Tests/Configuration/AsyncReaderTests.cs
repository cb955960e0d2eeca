using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class AsyncReaderTests
{
    private const string Path = "Gateway:Functions:hello:Async";

    [Fact]
    public void Async_LeftOutOrEmpty_KeepsNothing()
    {
        Assert.Null(Given.Function(Given.Process()).Async);
        Assert.Null(Given.Function(Given.Process("\"Async\": {}")).Async);
    }

    [Fact]
    public void Async_AllKeys_AreRead()
    {
        var options = Given.Function(Given.Process(
            """
            "Async": { "MaxRequests": 7, "MaxBody": "2KiB", "MaxSize": "8KiB", "AtOnce": 2, "Attempts": 9, "RetryOn": [500, "429"], "Timeout": "2.00:00:00", "Keep": "00:00:01", "Folder": "kept", "Callbacks": ["https://a.example/x/"] }
            """)).Async!;

        Assert.Equal(
            new AsyncOptions { MaxRequests = 7, MaxBody = 2048, MaxSize = 8192, AtOnce = 2, Attempts = 9, RetryOn = new([429, 500]), Timeout = TimeSpan.FromDays(2), Keep = TimeSpan.FromSeconds(1), Folder = "kept", Callbacks = new([new("https://a.example/x/")]) },
            options);
    }

    [Theory]
    [InlineData("\"Folder\": \"kept\"", "MaxRequests: missing, so no requests would be kept; write how many may be kept at once, e.g. 1000, or remove Async.")]
    [InlineData("\"MaxRequests\": 1, \"MaxBody\": \"17MiB\"", "MaxBody: '17MiB' is not a size from 1 KiB to 16 MiB; write e.g. \"1MiB\".")]
    [InlineData("\"MaxRequests\": 1, \"MaxSize\": \"1KiB\"", "MaxSize: 1 KiB is less than one body of MaxBody, 1 MiB; write as much or more.")]
    [InlineData("\"MaxRequests\": 1, \"RetryOn\": [200]", "RetryOn:0: '200' is not the status of an answer that tells of a failure; write a number from 400 to 599.")]
    [InlineData("\"MaxRequests\": 1, \"Callbacks\": [\"https://me:pw@a.example/\"]", "Callbacks:0: 'https://me:pw@a.example/' is not an address below which answers may be posted; write e.g. \"https://hooks.example/answers/\", without a user, a '?' or a '#'.")]
    [InlineData("\"MaxRequests\": 1, \"Folder\": true", "Folder: 'True' is not a path; write the folder in which requests are to be kept.")]
    public void Mistake_IsToldInOneSentence(string keys, string sentence) =>
        Assert.Equal($"{Path}:{sentence}", Given.Error(Given.Process($"\"Async\": {{ {keys} }}")).ToString());

    [Theory]
    [InlineData("https://a.example/x/", "https://a.example/x/", true)]
    [InlineData("https://a.example/x/", "https://A.example:443/x/y?z=1", true)]
    [InlineData("https://a.example/x", "https://a.example/x/y", true)]
    [InlineData("https://a.example/x", "https://a.example/xy", false)]
    [InlineData("https://a.example/x/", "https://a.example/x/../y", false)]
    [InlineData("https://a.example/x/", "https://a.example/x/%2E%2e/y", false)]
    [InlineData("https://a.example/x/", "https://a.example/x/..%2Fy", false)]
    [InlineData("https://a.example/", "http://a.example/", false)]
    [InlineData("https://a.example/", "https://a.example.evil.example/", false)]
    [InlineData("https://a.example/", "https://a.example:8443/", false)]
    public void MayCall_AnAddress_IfItIsBelowOneThatIsNamed(string allowed, string address, bool expected) =>
        Assert.Equal(expected, new AsyncOptions { MaxRequests = 1, Callbacks = new([new(allowed)]) }.MayCall(new(address)));
}
