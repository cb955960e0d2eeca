namespace Gateway.Lab.Processes;

/// <summary>A program that was run to its end.</summary>
public sealed record CommandResult(string Description, int ExitCode, string Output, string AllOutput)
{
    /// <exception cref="LabException">The exit code is not 0; holds what the program wrote.</exception>
    public CommandResult ThrowIfFailed() =>
        ExitCode == 0 ? this : throw new LabException($"'{Description}' ended with {ExitCode}: {AllOutput}");
}

/// <summary>Runs programs to their end.</summary>
public static class Command
{
    public static async Task<CommandResult> ExecuteAsync(LabProcessOptions options, string? input = null, CancellationToken cancellationToken = default)
    {
        await using var process = LabProcess.Start(options);
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program ended without reading its input. Its exit code says why.
        }

        var exitCode = await process.Exited.WaitAsync(cancellationToken);
        return new CommandResult(process.Description, exitCode, string.Join('\n', process.StandardOutput), string.Join('\n', process.Lines));
    }
}
