using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class DirectRulesTests
{
    [Theory]
    [InlineData(""" "Listen": ["tcp://*:81"] """, "Auto", null)]
    [InlineData(""" "Listen": ["tls://*:81"] """, "Auto", null)]
    [InlineData(""" "Listen": ["tls://*:81"], "Sni": ["a.example"] """, "Off", "shared by server names")]
    [InlineData(""" "Listen": ["http://*:81"] """, "Off", null)]
    [InlineData(""" "Listen": ["tcp://*:81"], "SendProxyProtocol": true """, "Auto", "SendProxyProtocol")]
    [InlineData(""" "Listen": ["tcp://*:81"], "ActivityTimeout": "00:01:00" """, "Auto", "ActivityTimeout")]
    [InlineData(""" "Listen": ["tcp://*:81"], "Access": { "Deny": ["192.0.2.0/24"] } """, "Auto", "Access")]
    [InlineData(""" "Listen": ["tcp://*:81"], "Scale": { "Max": 2 } """, "Auto", "Scale:Min is Scale:Max")]
    [InlineData(""" "Listen": ["tcp://*:81"], "Scale": { "Min": 2, "Max": 2 } """, "Auto", null)]
    [InlineData(""" "Listen": ["tcp://*:81"], "Scale": { "ConcurrencyLimit": 2 } """, "Auto", "Scale:ConcurrencyLimit")]
    public void WhyNot_ByWhatIsConfigured(string function, string direct, string? expected)
    {
        var options = Given.Read(Given.Json(Text(function)));
        var one = options.Functions["one"];
        Assert.Equal(direct, one.Direct.ToString());
        var why = DirectRules.WhyNot(one, options);
        Assert.Equal(expected is null, why is null);
        Assert.Contains(expected ?? "", why ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(""" "Listen": ["https://*:81"] """, "TLS ends in the gateway at https://*:81")]
    [InlineData(""" "WakeOn": "Syn" """, "it has no address of its own (Listen)")]
    [InlineData(""" "Listen": ["tcp://*:81"], "SendProxyProtocol": true """, "the gateway writes the header for SendProxyProtocol")]
    public void Required_ThatCannotBe_IsAnError(string function, string why) => Assert.Contains(
        Given.Errors(Text($"""{function}, "Direct": "Required" """)),
        error => error.ToString().Contains($"Gateway:Functions:one:Direct: is 'Required', and {why}; change one of the two, or write 'Auto'.", StringComparison.Ordinal));

    private static string Text(string function) => $$"""{ "Gateway": { "Functions": { "one": { "Runtime": "Process", "Command": ["a"], {{function}} } } } }""";
}
