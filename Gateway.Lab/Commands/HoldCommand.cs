using System.Text.Json;
using Gateway.Lab.Engines;
using Gateway.Lab.Processes;

namespace Gateway.Lab.Commands;

/// <summary>What <c>hold</c> made, so that its starter can look whether all of it goes.</summary>
/// <param name="ClientNamespace">Path of the client's namespace, while the holder lives.</param>
/// <param name="ServerNamespace">Path of the server's.</param>
/// <param name="Processes">The processes that the holder started.</param>
public sealed record HeldLab(string ClientNamespace, string ServerNamespace, IReadOnlyList<int> Processes);

/// <summary>Makes a lab, writes a <see cref="HeldLab"/> as one line of JSON, and keeps it until standard input ends.</summary>
internal static class HoldCommand
{
    /// <param name="arguments">Nothing, or <c>--docker</c> for an engine beside the link.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments is not ([] or ["--docker"]))
        {
            await Console.Error.WriteLineAsync($"hold: '{string.Join(' ', arguments)}' is not known; it takes --docker or nothing");
            return 2;
        }

        await using var lab = await LabNetwork.CreateAsync(TimeSpan.FromMilliseconds(10));
        await using var child = LabProcess.Start(new LabProcessOptions { FileName = "sleep", Arguments = ["infinity"], Namespace = lab.Server });
        await using var engine = arguments is [] ? null : await DockerEngine.StartAsync(new DockerEngineOptions { Namespace = lab.Server });
        int[] engines = engine is null ? [] : [engine.ProcessId];
        var held = new HeldLab(lab.Client.Path, lab.Server.Path, [lab.Link.ProcessId, child.Id, .. engines]);
        Console.WriteLine(JsonSerializer.Serialize(held));
        await Console.In.ReadLineAsync();
        return 0;
    }
}
