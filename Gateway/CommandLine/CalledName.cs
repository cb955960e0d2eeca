using System.CommandLine;
using System.CommandLine.Help;

namespace Gateway.CommandLine;

/// <summary>The name by which this program was called: <c>headstart</c> as the packages install it, <c>Gateway</c> as it is built.</summary>
internal static class CalledName
{
    public static string Value { get; } = Read();

    /// <summary>Invokes what was parsed. Help knows the name of the program's file only, which a link to it has not.</summary>
    public static async Task<int> InvokeAsync(ParseResult parsed, InvocationConfiguration configuration)
    {
        if (parsed.Action is not HelpAction)
        {
            return await parsed.InvokeAsync(configuration);
        }

        var output = configuration.Output;
        configuration.Output = new StringWriter();
        var code = await parsed.InvokeAsync(configuration);
        await output.WriteAsync(configuration.Output.ToString()!.Replace($"\n  {RootCommand.ExecutableName} ", $"\n  {Value} ", StringComparison.Ordinal));
        return code;
    }

    // The first argument is the name as it was typed (execve(2)); of a program that the dotnet command runs it is that command's.
    private static string Read() => Path.GetFileName(File.ReadAllText("/proc/self/cmdline").Split('\0')[0]) is var called and not "" and not "dotnet" ? called : RootCommand.ExecutableName;
}
