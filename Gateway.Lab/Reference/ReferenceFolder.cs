using System.Text.Json.Nodes;
using Gateway.CommandLine;

namespace Gateway.Lab.Reference;

/// <summary>A folder with the files that the examples name, in which configurations are judged as <c>Gateway check</c> judges them.</summary>
internal sealed class ReferenceFolder : IDisposable
{
    public const string Certificate = "cert.pem", Key = "key.pem";

    private const string Token = "admin.token", Secret = "hook.secret", Page = "waiting.html", File = "appsettings.json";

    private readonly LabDirectory _directory = LabDirectory.Create("reference");

    public ReferenceFolder()
    {
        using var certificates = new LabCertificates();
        var issued = certificates.Issue("hello.example");
        System.IO.File.Copy(issued.CertificatePath, _directory.File(Certificate));
        System.IO.File.Copy(issued.KeyPath, _directory.File(Key));
        System.IO.File.WriteAllText(_directory.File(Token), $"{new string('0', 32)}\n");
        System.IO.File.WriteAllText(_directory.File(Secret), $"whsec_{new string('A', 32)}\n");
        foreach (var secret in (string[])[Token, Secret])
        {
            System.IO.File.SetUnixFileMode(_directory.File(secret), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        System.IO.File.WriteAllText(_directory.File(Page), "<!doctype html><title>{{title}}</title>");
    }

    /// <summary>Judges a configuration.</summary>
    /// <returns>Returns its mistakes and warnings, each as it is told.</returns>
    public async Task<(IReadOnlyList<Told> Errors, IReadOnlyList<Told> Warnings)> CheckAsync(JsonObject configuration)
    {
        var file = _directory.File(File);
        await System.IO.File.WriteAllTextAsync(file, configuration.ToJsonString());
        await using var output = new StringWriter();
        var code = await GatewayCommands.RunAsync(["check", "--json", file], output, output);
        var report = JsonNode.Parse(output.ToString())!;
        if ((code == ExitCodes.Done) != (bool)report["good"]!)
        {
            throw new LabException($"check ended with {code} and said: {output}");
        }

        return (Read("errors"), Read("warnings"));

        // Where the files are is chance; a user has them where the unit looks for them.
        IReadOnlyList<Told> Read(string list) =>
            [.. report[list]!.AsArray().Select(entry => new Told((string)entry!["path"]!, ((string)entry["message"]!).Replace(_directory.Path, "/etc/headstart", StringComparison.Ordinal)))];
    }

    public void Dispose() => _directory.Dispose();
}

/// <summary>A mistake as <c>check</c> tells it.</summary>
internal sealed record Told(string Path, string Message)
{
    public override string ToString() => $"{Path}: {Message}";
}
