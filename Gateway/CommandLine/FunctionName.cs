using System.CommandLine;

namespace Gateway.CommandLine;

/// <summary>The argument that names a function of a running gateway.</summary>
/// <param name="gateway">The gateway whose functions complete it.</param>
internal sealed class FunctionName(GatewayChoice gateway)
{
    /// <summary>Returns an argument for one command.</summary>
    public Argument<string> Argument()
    {
        var name = new Argument<string>("NAME") { Description = "The function's name, as ps shows it." };
        name.CompletionSources.Add(context => gateway.Functions(context.ParseResult));
        return name;
    }
}
