using System.Text.Json;
using Gateway.Lab.Processes;

namespace Gateway.Lab.Commands;

/// <summary>What <c>hold</c> made, so that its starter can look whether all of it goes.</summary>
/// <param name="ClientNamespace">Path of the client's namespace, while the holder lives.</param>
/// <param name="ServerNamespace">Path of the server's.</param>
/// <param name="Processes">Every process that belongs to the lab, the holder's own excepted.</param>
public sealed record HeldLab(string ClientNamespace, string ServerNamespace, IReadOnlyList<int> Processes);

/// <summary>Makes a lab, writes a <see cref="HeldLab"/> as one line of JSON, and keeps it until standard input ends.</summary>
internal static class HoldCommand
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments.Length != 0)
        {
            await Console.Error.WriteLineAsync($"hold: takes no argument, not '{arguments[0]}'");
            return 2;
        }

        await using var lab = await LabNetwork.CreateAsync(TimeSpan.FromMilliseconds(10));
        await using var child = LabProcess.Start(new LabProcessOptions { FileName = "sleep", Arguments = ["infinity"], Namespace = lab.Server });
        var held = new HeldLab(lab.Client.Path, lab.Server.Path, [lab.Link.ProcessId, child.Id]);
        Console.WriteLine(JsonSerializer.Serialize(held));
        await Console.In.ReadLineAsync();
        return 0;
    }
}
