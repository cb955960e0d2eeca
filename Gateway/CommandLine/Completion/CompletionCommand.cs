using System.CommandLine;

namespace Gateway.CommandLine.Completion;

/// <summary><c>Gateway completion SHELL</c> prints what a shell reads to complete the command line. The shell then asks the gateway's program itself, by <see cref="Line"/>.</summary>
internal static class CompletionCommand
{
    private const string Directive = "[suggest:";

    private static readonly string[] s_shells = ["bash", "zsh"];

    public static Command Create(TextWriter output)
    {
        var shell = new Argument<string>("SHELL") { Description = "The shell: bash or zsh." };
        shell.AcceptOnlyFromAmong(s_shells);
        var command = new Command("completion", $"Prints the completion of this command line for a shell: source <({CalledName.Value} completion bash).") { shell };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var script = typeof(CompletionCommand).Assembly.GetManifestResourceStream($"Gateway.CommandLine.completion.{parsed.GetValue(shell)}")!;
            using var reader = new StreamReader(script);
            await output.WriteAsync(await reader.ReadToEndAsync(cancellationToken));
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>Returns the line that a shell asks to complete, without the program's name; null if the arguments are no such question.</summary>
    public static string? Line(string[] arguments) => arguments is [var directive, var line] && directive.StartsWith(Directive, StringComparison.Ordinal) ? line : null;
}
