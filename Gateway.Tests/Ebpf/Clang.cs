using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit;

namespace Gateway.Tests.Ebpf;

/// <summary>Compiles C in a test, with whichever clang is installed.</summary>
internal static class Clang
{
    private static readonly string[] Names = ["clang", .. Enumerable.Range(14, 12).Reverse().Select(version => $"clang-{version}")];

    /// <summary>Compiles for this machine and returns the diagnostics, which are empty if there are no errors.</summary>
    public static string Check(string source, params string[] arguments) => Run(source, ["-fsyntax-only", .. arguments, "-"]).Errors;

    /// <summary>Compiles a BPF object.</summary>
    public static byte[] Bpf(string source)
    {
        // The source is a file and not standard input, because the object holds its lines for the verifier to quote.
        var directory = Directory.CreateTempSubdirectory("headstart-test-");
        try
        {
            var (input, output) = (Path.Combine(directory.FullName, "test.bpf.c"), Path.Combine(directory.FullName, "test.bpf.o"));
            File.WriteAllText(input, source);
            var (code, errors) = Run("", ["-target", "bpf", "-mcpu=v3", "-O2", "-g", "-I/usr/include/" + MultiArch, "-c", "-o", output, input]);
            Assert.True(code == 0, errors);
            return File.ReadAllBytes(output);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static string MultiArch => RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "aarch64-linux-gnu" : "x86_64-linux-gnu";

    private static (int Code, string Errors) Run(string source, IEnumerable<string> arguments)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        var clang = Names.SelectMany(name => path.Select(directory => Path.Combine(directory, name))).First(File.Exists);
        using var process = Process.Start(new ProcessStartInfo(clang, ["-x", "c", .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardError = true,
        })!;
        process.StandardInput.Write(source);
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, errors);
    }
}
