using System.Text.Json.Nodes;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;
using Xunit;

namespace Gateway.Tests.CommandLine;

/// <summary>A gateway with functions of the Process runtime, and the published gateway's commands beside it, run as users run them.</summary>
public sealed class CommandGateway : IAsyncLifetime
{
    public const string Token = "0123456789abcdef0123456789abcdef";
    public const int Listen = 8081;

    /// <summary>What the function <c>talker</c> writes to its standard error, as printf takes it: colours, a cleared screen, a return, a tab, a bell, a title.</summary>
    private const string Escapes = @"\033[31mred\033[0m\033[2J\rover\tnext\007\033]0;title\007";

    private readonly NetworkNamespace _space = NetworkNamespace.Create();
    private GatewayProcess? _gateway;

    public GatewayProcess Gateway => _gateway!;

    public async ValueTask InitializeAsync()
    {
        var hello = await HelloSample.BuildAsync();
        var functions = new JsonObject
        {
            ["hello"] = new JsonObject { ["Runtime"] = "Process", ["Command"] = new JsonArray(hello), ["Listen"] = new JsonArray($"http://*:{Listen}") },
            ["broken"] = new JsonObject { ["Runtime"] = "Process", ["Command"] = new JsonArray(hello), ["Environment"] = new JsonObject { ["FAIL"] = "3" }, ["Listen"] = new JsonArray($"http://*:{Listen + 1}") },
            ["talker"] = Script(Listen + 2, $"echo began; printf '{Escapes}\n' >&2; exec busybox httpd -f -p $PORT -h /"),
            ["loud"] = Script(Listen + 3, "i=0; while [ $i -lt 1500 ]; do i=$((i+1)); echo line $i; done; exec busybox httpd -f -p $PORT -h /"),
        };
        _gateway = await GatewayProcess.StartAsync(new()
        {
            Namespace = _space,
            Settings = new JsonObject
            {
                ["Gateway"] = new JsonObject
                {
                    ["Ebpf"] = new JsonObject { ["Mode"] = "Off" },
                    ["Admin"] = new JsonObject { ["Token"] = Token },
                    ["Functions"] = functions,
                },
            },
        });
    }

    /// <summary>Runs a command with the gateway's own content root.</summary>
    public Task<CommandResult> RunAsync(params string[] arguments) => RunBareAsync([.. arguments, "--contentRoot", Gateway.ContentRoot]);

    /// <summary>Runs a command in the gateway's network namespace.</summary>
    public Task<CommandResult> RunBareAsync(params string[] arguments) => Command.ExecuteAsync(GatewayProcess.CommandOf(arguments, _space));

    /// <summary>Runs a script in the gateway's network namespace, for which <c>Gateway</c> is the command.</summary>
    public Task<CommandResult> RunInShellAsync(string shell, string script)
    {
        var command = GatewayProcess.CommandOf([], _space);
        return Command.ExecuteAsync(command with { FileName = shell, Arguments = ["-c", $"Gateway() {{ {string.Join(' ', command.Arguments.Prepend(command.FileName))} \"$@\"; }}\n{script}"] });
    }

    /// <summary>Begins a command with the gateway's own content root.</summary>
    public LabProcess Start(params string[] arguments) => LabProcess.Start(GatewayProcess.CommandOf([.. arguments, "--contentRoot", Gateway.ContentRoot], _space));

    /// <summary>Begins a command in a terminal of its own, whose keyboard is the standard input.</summary>
    public LabProcess StartInTerminal(params string[] arguments)
    {
        var command = GatewayProcess.CommandOf(arguments, _space);
        return LabProcess.Start(command with
        {
            // A shell starts what is in the background with SIGINT ignored, and the tests with it. The shell that script(1) starts is replaced:
            // dash would end by the Ctrl-C itself, whatever the gateway makes of it.
            FileName = "env",
            Arguments = ["--default-signal=INT", "script", "--quiet", "--return", "--command", string.Join(' ', ["exec", command.FileName, .. command.Arguments]), "/dev/null"],
            Environment = new Dictionary<string, string?> { ["TERM"] = "xterm", ["SHELL"] = "/bin/sh" },
        });
    }

    private static JsonObject Script(int listen, string script) => new()
    {
        ["Runtime"] = "Process",
        ["Command"] = new JsonArray("/bin/sh", "-c", script),
        ["Listen"] = new JsonArray($"http://*:{listen}"),
    };

    public async ValueTask DisposeAsync()
    {
        await (_gateway?.DisposeAsync() ?? ValueTask.CompletedTask);
        _space.Dispose();
    }
}
