using System.ComponentModel;
using System.Diagnostics;

namespace Gateway.Signals.Direct.Bridged;

/// <summary>Runs the programs that write the kernel's rules for packets, nft and iptables.</summary>
internal static class NetfilterTool
{
    /// <summary>The program of the package nftables.</summary>
    public const string Nft = "nft";

    /// <summary>The program by which Docker writes its own rules.</summary>
    public const string Iptables = "iptables";

    /// <summary>How long one is waited for. It takes some milliseconds.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    /// <summary>Where they are, which the search path of a service need not have.</summary>
    private static readonly string[] s_folders = ["/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/bin"];

    /// <summary>Returns whether a program is there.</summary>
    public static bool Has(string program) => PathOf(program) is not null;

    /// <summary>Runs a program to its end.</summary>
    /// <param name="program">Its name.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="input">What it reads from its standard input.</param>
    /// <returns>Returns what it wrote, and null, or the first line of what it complained of.</returns>
    public static async Task<(string Output, string? Error)> RunAsync(string program, IReadOnlyList<string> arguments, string input = "")
    {
        if (PathOf(program) is not { } path)
        {
            return ("", $"{program} is not installed");
        }

        var start = new ProcessStartInfo(path, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        try
        {
            using var process = await AdministratorThread.RunAsync(() => Process.Start(start)!);
            using var limit = new CancellationTokenSource(s_limit);
            try
            {
                var (output, errors) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
                await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
                process.StandardInput.Close();
                await process.WaitForExitAsync(limit.Token);
                var complaint = (await errors).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault() ?? $"it ended with {process.ExitCode}";
                return (await output, process.ExitCode == 0 ? null : $"{program}: {complaint.TrimEnd('.')}");
            }
            catch (OperationCanceledException)
            {
                process.Kill();
                return ("", $"{program} has not ended within {s_limit.TotalSeconds:0} s");
            }
        }
        catch (Exception error) when (error is Win32Exception or IOException or InvalidOperationException)
        {
            return ("", $"{program}: {error.Message.TrimEnd('.')}");
        }
    }

    private static string? PathOf(string program) => s_folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
