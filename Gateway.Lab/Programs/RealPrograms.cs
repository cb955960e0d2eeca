using Gateway.Lab.Processes;

namespace Gateway.Lab.Programs;

/// <summary>The real programs: each is started in another way, and each has another way to end.</summary>
public static class RealPrograms
{
    /// <summary>What of an installation of .NET runs ASP.NET Core programs.</summary>
    private static readonly string[] s_runtime = ["host", "shared/Microsoft.NETCore.App", "shared/Microsoft.AspNetCore.App"];

    public static IReadOnlyList<RealProgram> All { get; } =
    [
        // Its main process stays root and makes workers of another user, each of which needs rights that the gateway leaves it.
        new("nginx", ["nginx"], 80, """CMD ["nginx", "-g", "daemon off; error_log /dev/stderr;"]""", "STOPSIGNAL SIGQUIT") { Answer = "Welcome to nginx!", Files = Sample("nginx") },
        new("redis", ["redis-server"], 6379, """ENTRYPOINT ["redis-server"]""", """CMD ["--protected-mode", "no", "--save", ""]""", "USER 999:999", "WORKDIR /var/tmp"),
        new("node", ["nodejs"], 8080, """ENTRYPOINT ["node"]""", """CMD ["server.js"]""", "ENV NODE_ENV=production", "USER nobody", "WORKDIR /srv") { Answer = "node", ExitCode = 7, Files = Sample("node") },
        // Python leaves SIGTERM to the kernel, which gives a first process none that it has no handler for.
        new("python", ["python3"], 8080, """ENTRYPOINT ["python3"]""", """CMD ["-m", "http.server", "8080"]""", "USER www-data", "WORKDIR /srv", "STOPSIGNAL SIGINT") { Answer = "python", Files = Sample("python") },
        new("aspnet", ["libstdc++6", "libssl3", "zlib1g"], 8080, """ENTRYPOINT ["./aspnet"]""", "ENV ASPNETCORE_HTTP_PORTS=8080", "ENV DOTNET_ROOT=/usr/share/dotnet", "USER 1654", "WORKDIR /app") { Answer = "aspnet", Files = PublishAsync, Version = Environment.Version.ToString() },
    ];

    /// <exception cref="InvalidOperationException">There is none of that name.</exception>
    public static RealProgram Of(string name) => All.Single(program => program.Name == name);

    private static Func<Task<IReadOnlyList<(string Source, string Target)>>> Sample(string name) =>
        () => Task.FromResult<IReadOnlyList<(string, string)>>([(SourceTree.Path("samples", "programs", name), "/")]);

    // The program, and the shared runtime that this process has: no archive of Debian's has one.
    private static async Task<IReadOnlyList<(string Source, string Target)>> PublishAsync()
    {
        var published = SourceTree.Path("artifacts", "aspnet");
        var publish = new LabProcessOptions { FileName = SourceTree.Path("scripts", "publish"), Arguments = [published, SourceTree.Path("samples", "aspnet")] };
        (await Command.ExecuteAsync(publish)).ThrowIfFailed();
        var dotnet = Path.GetDirectoryName(LabExecutable.DotnetPath) is { Length: > 0 } found ? found : throw new LabException("It is not known where this process's runtime is; run it by dotnet");
        return [(published, "/app"), .. s_runtime.Select(part => (Path.Combine(dotnet, part), $"/usr/share/dotnet/{part}"))];
    }
}
