using System.CommandLine;
using Gateway.Configuration;

namespace Gateway.CommandLine;

/// <summary>
/// The gateway's command line: verbs and their options, and beside them, at any place, keys of the configuration as the framework takes
/// them (<c>--Gateway:Admin:Url=http://127.0.0.1:9090</c>). What is neither is refused. A verb is a file of its own here.
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
            // Signals are the host's to hear, and what is thrown is told below.
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
        // Without a verb it runs.
        root.Action = run.Action;
        return root;
    }

    private static async Task<int> RefuseAsync(TextWriter errors, string sentence)
    {
        await errors.WriteLineAsync(sentence);
        return ExitCodes.CannotStart;
    }
}
