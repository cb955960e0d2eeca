using System.Text.RegularExpressions;
using Gateway.Lab;
using Gateway.Lab.Processes;
using Gateway.Tests.Ebpf;
using Xunit;

namespace Gateway.Tests.LibBpf;

/// <summary>The package, made where there is no clang, and its README's example in a project that knows nothing of this source tree.</summary>
[SideBySide]
public sealed partial class PackageTests : IDisposable
{
    private const string Project = """
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
            <Nullable>enable</Nullable>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
            <UseAppHost>false</UseAppHost>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="LibBpf.NET" Version="[VERSION]" />
          </ItemGroup>
        </Project>
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly string s_dotnet = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(directory => Path.Combine(directory, "dotnet")).First(File.Exists);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("libbpf-package-");

    [LongFact]
    public async Task Pack_RestoredIntoAFreshProject_RunsTheExampleOfItsReadme()
    {
        // No other package has this version, wherever else one of that name may be.
        var version = $"0.0.0-test.{Guid.NewGuid():N}";
        await Dotnet(
            ["pack", SourceTree.Path("LibBpf", "LibBpf.csproj"), "-c", "Release", "--artifacts-path", At("artifacts"), "-o", At("feed"), $"-p:Version={version}", "-p:RunAnalyzers=false"],
            new() { ["PATH"] = At("empty") });
        Assert.Equal([$"LibBpf.NET.{version}.nupkg"], Directory.GetFiles(At("feed")).Select(Path.GetFileName));

        var readme = await File.ReadAllTextAsync(SourceTree.Path("LibBpf", "README.md"));
        Directory.CreateDirectory(At("app"));
        await File.WriteAllTextAsync(At("app", "app.csproj"), Project.Replace("[VERSION]", version, StringComparison.Ordinal));
        await File.WriteAllTextAsync(At("app", "Program.cs"), Block(readme, "csharp"));
        await File.WriteAllBytesAsync(At("app", "execs.bpf.o"), Clang.Bpf(Block(readme, "c")));
        await Dotnet(["build", At("app"), $"-p:RestoreAdditionalProjectSources={At("feed")}", "-o", At("built")], new() { ["NUGET_PACKAGES"] = At("packages") });

        await using var app = LabProcess.Start(new LabProcessOptions { FileName = s_dotnet, Arguments = [At("built", "app.dll")], WorkingDirectory = At("app") });
        var told = app.WaitForLineAsync(line => Exec().IsMatch(line), TimeSpan.FromSeconds(20));
        while (!told.IsCompleted)
        {
            await using var any = LabProcess.Start(new LabProcessOptions { FileName = "/bin/true" });
            await any.Exited;
        }
        await told;
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static async Task Dotnet(string[] arguments, Dictionary<string, string?> environment)
    {
        // Nothing may stay behind that serves the next build.
        await using var process = LabProcess.Start(new LabProcessOptions
        {
            FileName = s_dotnet,
            Arguments = [.. arguments, "-nodeReuse:false", "-p:UseSharedCompilation=false", "-nologo", "-v", "quiet"],
            Environment = environment,
        });
        Assert.True(await process.Exited.WaitAsync(Patience, TimeProvider.System) == 0, process.LastLines());
    }

    private string At(params string[] parts) => Path.Combine([_directory.FullName, .. parts]);

    private static string Block(string markdown, string language) =>
        markdown.Split($"```{language}\n")[1].Split("```")[0];

    [GeneratedRegex(@"^exec [0-9]+$", RegexOptions.NonBacktracking)]
    private static partial Regex Exec();
}
