using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Runtimes;

namespace Gateway.Idle;

/// <summary>
/// Runs the command of a veto: by the launcher of functions, so it has the gateway's user and none of its capabilities, descriptors and secrets. What it writes is not kept, except for the
/// beginning of what it says when it cannot be run.
/// </summary>
/// <param name="directory">The working directory.</param>
internal sealed class CommandVeto(string directory)
{
    private const int MostSaid = 300;

    /// <summary>Runs a command, and ends it with all that it has started when the time is over.</summary>
    /// <returns>A task that returns whether it ended with 0.</returns>
    /// <exception cref="VetoException">It could not be run.</exception>
    /// <exception cref="OperationCanceledException">The time is over.</exception>
    public async Task<bool> RunAsync(Function function, FunctionInstance instance, ValueList<string> command, CancellationToken cancellationToken)
    {
        var start = Launcher.Describe(["--", .. command], directory, isOwnUser: true);
        start.Environment["HEADSTART_FUNCTION"] = function.Name;
        start.Environment["HEADSTART_INSTANCE"] = instance.Id;
        start.Environment["HEADSTART_ADDRESS"] = instance.Runtime?.Endpoint?.ToString() ?? "";
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception error)
        {
            throw new VetoException(error.Message);
        }

        process.StandardInput.Close();
        var written = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
        var said = ReadAsync(process.StandardError);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        finally
        {
            // Its session: what it has started may have outlived it, and would keep the pipes open.
            Launcher.Kill(process.Id);
            if (!process.HasExited)
            {
                // It may not have got as far as a session of its own.
                process.Kill();
            }

            _ = written.ContinueWith(static task => _ = task.Exception, TaskScheduler.Default);
        }

        if (process.ExitCode is Launcher.CannotExecute or Launcher.NotFound)
        {
            var text = (await said).Trim();
            throw new VetoException(text.Length > 0 ? text : string.Create(CultureInfo.InvariantCulture, $"it ended with {process.ExitCode}"));
        }

        return process.ExitCode == 0;
    }

    private static async Task<string> ReadAsync(StreamReader reader)
    {
        var buffer = new char[MostSaid];
        try
        {
            var count = await reader.ReadBlockAsync(buffer);
            await reader.BaseStream.CopyToAsync(Stream.Null);
            return new string(buffer, 0, count);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            return "";
        }
    }
}

/// <summary>A veto could not be asked. The message says why, as a clause.</summary>
internal sealed class VetoException(string message) : Exception(message);
