using System.Net;

namespace Gateway.Configuration;

/// <summary>Finds a function's runtime, and has it read the keys that depend on it.</summary>
internal sealed class RuntimeReader(SectionReader section, ReadContext context, AddressClaims claims)
{
    private static readonly string[] Planned = ["Swarm", "Kubernetes"];

    private string? _word;

    /// <summary>The runtime that <see cref="Read"/> found, or null if there is none of that name.</summary>
    public IRunReader? Known { get; private set; }

    private string[] Names => [.. context.Runtimes.Select(runtime => runtime.Name)];

    /// <summary>Reads what to run, and claims the port that the program takes on this machine.</summary>
    /// <returns>Returns what to run, which is meaningful only if no error was noted.</returns>
    public RunOptions Read()
    {
        Known = Runtime();
        var run = Known?.Read(section) ?? Guess();

        // The program listens on that port, so neither the gateway nor another function can.
        if (Known is not null && run.OwnPort is { } port)
        {
            claims.Claim(IPAddress.Loopback, port, section.PathOf("Port"), section.SourceOf("Port"));
        }

        return run;
    }

    /// <summary>Notes an error if there may be several instances but only one port for all of them, and for all that the program itself cannot have.</summary>
    public static void Check(SectionReader section, FunctionOptions function)
    {
        foreach (var (key, message) in function.Run.Judge(function))
        {
            section.Error(key, message);
        }

        if (function.Scale.Max > 1 && function.Run.OwnPort is { } port)
        {
            section.Error("Port", $"{function.Scale.Max} instances (Scale:Max) cannot all listen on port {port}{function.Run.OwnPortRemedy}");
        }
    }

    private IRunReader? Runtime()
    {
        if (!section.HasNeeded("Runtime"))
        {
            section.Error($"no Runtime; add \"Runtime\": {Or(Names.Select(name => $"\"{name}\""))}.");
            return null;
        }

        _word = section.Text("Runtime");
        if (Array.Find(Planned, planned => planned.Equals(_word, StringComparison.OrdinalIgnoreCase)) is { } later)
        {
            section.Error("Runtime", $"'{later}' is not built yet; use {Or(Names)}.");
            return null;
        }

        // What is not a single value has been told already.
        return _word is not null && section.Word("Runtime", Names) is { } name ? context.Runtimes.First(runtime => runtime.Name == name) : null;
    }

    /// <summary>
    /// Reads a function whose runtime is missing or misspelt for each runtime that may be meant: the one with a similar name, or else all. Only mistakes
    /// that all of them find are reported, and a key that one of them knows is not reported as unknown.
    /// </summary>
    private RunOptions Guess()
    {
        var near = _word is null ? null : Suggestion.For(_word, Names);
        var first = context.Errors.Count;
        RunOptions? run = null;
        List<ConfigurationError>? shared = null;
        foreach (var runtime in context.Runtimes.Where(runtime => near is null || runtime.Name == near))
        {
            var read = runtime.Read(section);
            run ??= read;
            var found = context.Errors.Skip(first).ToHashSet();
            context.Errors.RemoveRange(first, context.Errors.Count - first);
            shared = shared is null ? [.. found] : [.. shared.Where(found.Contains)];
        }

        // Missing keys have the path of the section itself. They are reported once the runtime is known, which decides what is needed.
        context.Errors.AddRange(shared!.Where(error => error.Path != section.Path));
        return run!;
    }

    private static string Or(IEnumerable<string> names) =>
        names.ToArray() is [.. var others, var last] && others.Length > 0 ? $"{string.Join(", ", others)} or {last}" : string.Concat(names);
}
