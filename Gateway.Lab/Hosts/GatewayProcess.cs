using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;

namespace Gateway.Lab.Hosts;

/// <summary>The built gateway, run as its users run it: a process with an appsettings.json in its content root.</summary>
public sealed class GatewayProcess : IAsyncDisposable
{
    /// <summary>The variable with the path of the Gateway.dll that is run where none is named: <c>./test</c> has one that is compiled ahead of time.</summary>
    private const string ProgramVariable = "HEADSTART_GATEWAY";

    /// <summary>The variable by which <c>./test</c> says that gateways live for seconds.</summary>
    private const string ShortLivedVariable = "HEADSTART_SHORT_LIVED";

    private readonly LabDirectory _directory = LabDirectory.Create("gateway");
    private readonly LabProcess _process;

    private GatewayProcess(GatewayProcessOptions options)
    {
        ContentRoot = options.ContentRoot ?? _directory.Path;
        if (options.ContentRoot is null)
        {
            UpdateSettings(options.Settings);
        }

        Admin = AdminClient.Create(options);
        _process = LabProcess.Start(Command(options));
    }

    public int ProcessId => _process.Id;

    /// <summary>A client of the admin address, from inside the gateway's namespace.</summary>
    public HttpClient Admin { get; }

    /// <summary>The lines that it has logged so far.</summary>
    public IReadOnlyList<string> Log => _process.Lines;

    /// <summary>The end of its log, for the message of an exception.</summary>
    public string LastLines(int count) => _process.LastLines(count);

    /// <summary>The exit code, once it has ended.</summary>
    public Task<int> Exited => _process.Exited;

    /// <summary>The directory of its appsettings.json.</summary>
    public string ContentRoot { get; }

    /// <summary>Starts it and does not wait: for starts that are meant to fail.</summary>
    /// <exception cref="LabException">There is no Gateway.dll where one is expected.</exception>
    public static GatewayProcess Launch(GatewayProcessOptions options) => new(options);

    /// <summary>Starts it and waits until it is ready.</summary>
    /// <exception cref="LabException">It ended or was not ready in time; holds its last lines.</exception>
    public static async Task<GatewayProcess> StartAsync(GatewayProcessOptions options)
    {
        var gateway = Launch(options);
        try
        {
            await gateway.WaitUntilReadyAsync(options.StartTimeout);
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until <c>/readyz</c> answers 200.</summary>
    /// <exception cref="LabException">It ended, or <paramref name="timeout"/> passed, before; holds its last lines.</exception>
    public async Task WaitUntilReadyAsync(TimeSpan timeout)
    {
        using var limit = new CancellationTokenSource(timeout, TimeProvider.System);
        var ready = Retry.UntilConnectedAsync(token => Admin.GetStringAsync("/readyz", token), limit.Token);
        await Task.WhenAny(ready, Exited);
        if (!ready.IsCompletedSuccessfully)
        {
            await limit.CancelAsync();
            var what = Exited.IsCompleted ? $"ended with {await Exited} while starting" : $"was not ready in {timeout}";
            throw new LabException($"The gateway {what}.{_process.LastLines(40)}");
        }
    }

    /// <summary>Replaces appsettings.json at once, as an editor does; the gateway reloads it.</summary>
    public void UpdateSettings(JsonObject settings)
    {
        var aside = _directory.File("appsettings.json.new");
        File.WriteAllText(aside, settings.ToJsonString(new() { WriteIndented = true }));
        File.Move(aside, _directory.File("appsettings.json"), overwrite: true);
    }

    public async Task<IReadOnlyList<FunctionStatus>> FunctionsAsync(CancellationToken cancellationToken = default) =>
        await Admin.GetFromJsonAsync<List<FunctionStatus>>("/api/functions", cancellationToken) ?? [];

    /// <summary>Reads the cold starts, the oldest first.</summary>
    /// <param name="function">The function; null for all.</param>
    /// <param name="last">How many of the newest ones; null for all that are kept.</param>
    public async Task<IReadOnlyList<ColdStart>> ColdStartsAsync(string? function = null, int? last = null, CancellationToken cancellationToken = default) =>
        await Admin.GetFromJsonAsync<List<ColdStart>>($"/api/coldstarts?function={Uri.EscapeDataString(function ?? "")}&last={last}", cancellationToken) ?? [];

    public async Task<MetricsSnapshot> MetricsAsync(CancellationToken cancellationToken = default) =>
        MetricsSnapshot.Parse(await Admin.GetStringAsync("/metrics", cancellationToken));

    /// <summary>Waits for a line of its log, already written ones included.</summary>
    /// <exception cref="LabException">It ended, or <paramref name="timeout"/> passed, without one.</exception>
    public Task<string> WaitForLogAsync(Predicate<string> matches, TimeSpan timeout) => _process.WaitForLineAsync(matches, timeout);

    /// <summary>Asks it to end (SIGTERM) and waits till it has.</summary>
    /// <returns>Returns its exit code.</returns>
    /// <exception cref="TimeoutException">It still ran after <paramref name="timeout"/>.</exception>
    public Task<int> StopAsync(TimeSpan timeout)
    {
        _process.Terminate();
        return Exited.WaitAsync(timeout, TimeProvider.System);
    }

    /// <summary>Ends it in the middle of whatever it does (SIGKILL) and waits till it is gone.</summary>
    public Task KillAsync()
    {
        _process.Kill();
        return Exited;
    }

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await _process.DisposeAsync();
        _directory.Dispose();
    }

    /// <summary>Returns how a command of the gateway is run, beside or without a gateway that serves.</summary>
    /// <param name="arguments">The command and its arguments.</param>
    /// <param name="space">The namespace that it runs in; null for this process's namespace.</param>
    /// <param name="program">Gateway.dll or an executable, as in <see cref="GatewayProcessOptions.Program"/>.</param>
    /// <exception cref="LabException">There is no Gateway.dll where one is expected.</exception>
    public static LabProcessOptions CommandOf(IEnumerable<string> arguments, NetworkNamespace? space = null, string? program = null)
    {
        program ??= Environment.GetEnvironmentVariable(ProgramVariable) ?? Path.Combine(AppContext.BaseDirectory, "Gateway.dll");
        if (!File.Exists(program))
        {
            throw new LabException($"There is no {program}; build Gateway, or name the program");
        }

        var managed = Path.GetExtension(program) == ".dll";
        return new LabProcessOptions
        {
            FileName = managed ? LabExecutable.DotnetPath : program,
            Arguments = managed ? [program, .. arguments] : [.. arguments],
            Namespace = space,
            // Methods are not compiled a second time before a minute is over: in a life of seconds that takes a third of the processor time, and is not paid back.
            Environment = Environment.GetEnvironmentVariable(ShortLivedVariable) is null ? [] : new Dictionary<string, string?> { ["DOTNET_TC_CallCountingDelayMs"] = "EA60" },
        };
    }

    private LabProcessOptions Command(GatewayProcessOptions options)
    {
        var command = CommandOf(["--contentRoot", ContentRoot, .. options.Arguments], options.Namespace, options.Program);
        return command with
        {
            Cores = options.Cores,
            MaxOpenFiles = options.MaxOpenFiles,
            WorkingDirectory = ContentRoot,
            Environment = new Dictionary<string, string?>(command.Environment.Concat(options.Environment)),
        };
    }
}
