using System.CommandLine;
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
        if (!CommandLineArguments.TrySplit(arguments, out var split, out var refusal))
        {
            return await RefuseAsync(errors, refusal);
        }

        var root = Root(split.Settings, output, errors);
        var parsed = root.Parse(split.Words, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (UsageErrors.Explain(parsed, root) is { } sentence)
        {
            return await RefuseAsync(errors, sentence);
        }

        try
        {
            // The host handles signals, and exceptions are reported below.
            return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = errors, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (ConfigurationException error)
        {
            await errors.WriteLineAsync(StartupErrors.Describe(error));
        }
        catch (StartException error)
        {
            await errors.WriteLineAsync(error.Message);
        }

        return ExitCodes.CannotStart;
    }

    private static RootCommand Root(string[] settings, TextWriter output, TextWriter errors)
    {
        var run = RunCommand.Create(settings);
        var root = new RootCommand(
            """
            A reverse proxy that has a function running by the time its client's handshake is done.

            Keys of the configuration are options everywhere: --contentRoot FOLDER names the folder of appsettings.json,
            --Gateway:Admin:Url=http://127.0.0.1:9091 sets a key.
            """)
        {
            run,
            CheckCommand.Create(settings, output, errors),
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
