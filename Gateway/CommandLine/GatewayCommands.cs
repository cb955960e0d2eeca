using System.CommandLine;
using Gateway.CommandLine.Completion;
using Gateway.CommandLine.Doctor;
using Gateway.CommandLine.Explain;
using Gateway.Configuration;

namespace Gateway.CommandLine;

/// <summary>
/// The gateway's command line: verbs and their options and, at any place among them, keys of the configuration in the framework's form
/// (<c>--Gateway:Admin:Url=http://127.0.0.1:9090</c>). Anything else is refused. Each verb has its own file here.
/// </summary>
internal static class GatewayCommands
{
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        var line = CompletionCommand.Line(arguments);
        if (!CommandLineArguments.TrySplit(line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? arguments, out var split, out var refusal))
        {
            // A line that is being typed need not be whole.
            return line is not null ? ExitCodes.Done : await RefuseAsync(errors, refusal);
        }

        var root = Root(split.Settings, output, errors);
        var parsed = root.Parse(line is null ? split.Words : arguments, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (line is null && UsageErrors.Explain(parsed, root) is { } sentence)
        {
            return await RefuseAsync(errors, sentence);
        }

        try
        {
            // The host handles signals, and exceptions are reported below.
            return await CalledName.InvokeAsync(parsed, new InvocationConfiguration { Output = output, Error = errors, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (ConfigurationException error)
        {
            await errors.WriteLineAsync(StartupErrors.Describe(error));
        }
        catch (StartException error)
        {
            await errors.WriteLineAsync(error.Message);
        }
        catch (CommandException error)
        {
            await errors.WriteLineAsync(TerminalText.OneLine(error.Message));
            return error.ExitCode;
        }

        return ExitCodes.CannotStart;
    }

    private static RootCommand Root(string[] settings, TextWriter output, TextWriter errors)
    {
        var run = RunCommand.Create(settings);
        var gateway = new GatewayChoice(settings);
        var name = new FunctionName(gateway);
        var root = new RootCommand(
            """
            A reverse proxy that has a function running by the time its client's handshake is done.

            Keys of the configuration are options everywhere: --contentRoot FOLDER names the folder of appsettings.json,
            --Gateway:Admin:Url=http://127.0.0.1:9091 sets a key.
            """)
        {
            run,
            CheckCommand.Create(settings, output, errors),
            DoctorCommand.Create(settings, output),
            ExplainCommand.Create(settings, output),
            SchemaCommand.Create(output),
            PsCommand.Create(gateway, output),
            TopCommand.Create(gateway, output),
            WakeCommand.Create(gateway, name, output),
            SleepCommand.Create(gateway, name, output),
            LogsCommand.Create(gateway, name, output),
            CompletionCommand.Create(output),
            VersionCommand.Create(output),
        };
        // Without a verb the gateway runs.
        root.Action = run.Action;
        return root;
    }

    private static async Task<int> RefuseAsync(TextWriter errors, string sentence)
    {
        await errors.WriteLineAsync(sentence);
        return ExitCodes.CannotStart;
    }
}
