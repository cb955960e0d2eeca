using Gateway.Lab.Reference;

namespace Gateway.Lab.Commands;

/// <summary>Writes docs/reference.md.</summary>
internal static class ReferenceCommand
{
    public static async Task<int> RunAsync()
    {
        await File.WriteAllTextAsync(ReferencePage.Path, await ReferencePage.WriteAsync(ReferencePage.Rows()));
        Console.WriteLine(ReferencePage.Path);
        return 0;
    }
}
