using System.Globalization;
using System.Text;
using Gateway.Lab.Processes;

namespace Gateway.Lab.Machines;

/// <summary>
/// This machine with another kernel: QEMU boots it (software emulation, nothing of the host's processor is needed) on the host's own files. What is written
/// there goes to memory and is gone at the end; only <see cref="VirtualMachineOptions.Shared"/> is the host's in earnest. cgroup v2 is alone at /sys/fs/cgroup.
/// </summary>
/// <remarks>The files come over virtiofs, the one way to share them that Debian's kernels for virtual machines know.</remarks>
public static class VirtualMachine
{
    private const string Emulator = "qemu-system-x86_64";

    // Debian 12 and Ubuntu 22.04 have it with QEMU, later ones in a package of its own.
    private static readonly string[] s_fileServers = ["/usr/lib/qemu/virtiofsd", "/usr/libexec/virtiofsd"];

    /// <summary>Boots, runs one program to its end in the directory where this process is, and powers off. A boot takes some six seconds of a processor.</summary>
    /// <param name="program">A path, or a name that PATH has, as on the host. Its namespace and cores are not looked at.</param>
    /// <returns>Its exit code and what it wrote; <see cref="CommandResult.AllOutput"/> has the end of the kernel's words too.</returns>
    /// <exception cref="LabException">The machine did not boot, or ended before the program; holds what its kernel wrote last.</exception>
    /// <exception cref="OperationCanceledException">It was ended by <paramref name="cancellationToken"/>.</exception>
    public static async Task<CommandResult> RunAsync(
        MachineKernel kernel, LabProcessOptions program, VirtualMachineOptions options, CancellationToken cancellationToken = default)
    {
        using var directory = LabDirectory.Create("machine");
        var code = Path.Combine(options.Shared, "exit-code");
        File.Delete(code);
        await File.WriteAllTextAsync(Path.Combine(options.Shared, "command"), Script(program), cancellationToken);

        await using var files = await ServeFilesAsync(directory.File("files"));
        await using var machine = LabProcess.Start(new LabProcessOptions
        {
            FileName = Emulator,
            Arguments = Arguments(kernel, options, directory),
        });
        machine.StandardInput.Close();
        await machine.Exited.WaitAsync(cancellationToken);

        var console = directory.File("console");
        var said = File.Exists(console) ? string.Join('\n', File.ReadLines(console).TakeLast(40)) : "";
        if (!File.Exists(code))
        {
            throw new LabException($"{kernel.Version} in {Emulator} ended before {program.FileName} had.{machine.LastLines()}\n{said}");
        }

        var description = $"{program.FileName} {string.Join(' ', program.Arguments)} on Linux {kernel.Version}";
        var output = string.Join('\n', machine.StandardOutput);
        return new CommandResult(
            description, int.Parse(await File.ReadAllTextAsync(code, cancellationToken), CultureInfo.InvariantCulture), output, $"{output}\n{said}");
    }

    // The host's whole tree. virtiofsd ends with the machine that it serves.
    private static async Task<LabProcess> ServeFilesAsync(string socket)
    {
        var server = Array.Find(s_fileServers, File.Exists)
            ?? throw new LabException($"There is none of {string.Join(", ", s_fileServers)}; install virtiofsd (Debian 12: qemu-system-common)");
        // "namespace" would need to make some; the machine is ours, and so is what it runs.
        var process = LabProcess.Start(new LabProcessOptions
        {
            FileName = server,
            Arguments = [$"--socket-path={socket}", "-o", "source=/", "-o", "cache=always", "-o", "sandbox=chroot", "-f"],
        });
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10), TimeProvider.System);
        while (!File.Exists(socket))
        {
            if (process.Exited.IsCompleted || limit.IsCancellationRequested)
            {
                await using (process)
                {
                    throw new LabException($"{server} does not serve the host's files.{process.LastLines()}");
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }

        return process;
    }

    private static string[] Arguments(MachineKernel kernel, VirtualMachineOptions options, LabDirectory directory)
    {
        var memory = options.Memory.ToString(CultureInfo.InvariantCulture);
        return
        [
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            // .NET returns to an interrupted thread by IRET, from user mode to user mode; QEMU before 9.1 then reads the stack as the kernel would, which SMAP forbids.
            "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max,smap=off",
            "-smp", options.Processors.ToString(CultureInfo.InvariantCulture),
            // Memory that virtiofsd reaches into.
            "-m", $"{memory}M", "-object", $"memory-backend-memfd,id=memory,size={memory}M,share=on", "-numa", "node,memdev=memory",
            "-chardev", $"socket,id=files,path={directory.File("files")}", "-device", "vhost-user-fs-pci,chardev=files,tag=host",
            "-kernel", Path.Combine(kernel.Directory, "vmlinuz"), "-initrd", Path.Combine(kernel.Directory, "initrd"),
            // clearcpuid: the kernel goes without CMPXCHG16B (cpufeatures.h, 4*32+13), after which QEMU 7.2 at times leaves garbage in EFLAGS; programs keep it.
            "-append", $"console=ttyS0 loglevel=4 panic=-1 clearcpuid=141 headstart.kernel={kernel.Directory} headstart.shared={options.Shared}",
            // The kernel's words aside, the program's to us.
            "-serial", $"file:{directory.File("console")}", "-serial", "stdio",
        ];
    }

    private static string Script(LabProcessOptions program)
    {
        var script = new StringBuilder();
        // The environment of this process is not the machine's.
        foreach (var name in (string[])["PATH", "HOME", "DOTNET_ROOT", "LANG"])
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                script.Append(CultureInfo.InvariantCulture, $"export {name}={Quote(value)}\n");
            }
        }

        foreach (var (name, value) in program.Environment)
        {
            script.Append(value is null ? $"unset {name}\n" : $"export {name}={Quote(value)}\n");
        }

        script.Append(CultureInfo.InvariantCulture, $"cd {Quote(program.WorkingDirectory ?? Environment.CurrentDirectory)} || exit 1\n");
        return script.Append("exec ").AppendJoin(' ', program.Arguments.Prepend(program.FileName).Select(Quote)).Append('\n').ToString();
    }

    private static string Quote(string word) => $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
