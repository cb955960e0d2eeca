using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Configuration;

/// <summary>
/// The one answer to "is it the same program?": every key that shapes what an instance is and what its start costs. An instance may go on
/// serving when the text stays the same (<see cref="FunctionOptions.RunsLike"/>), and what was measured of its wakes holds for it.
/// </summary>
/// <remarks>
/// A new key of that kind is added here, once. Keys that are left out of the configuration add nothing, so that the text of a function that
/// does not use a key is the same before and after the key was invented.
/// </remarks>
internal sealed class ProgramFingerprint
{
    private readonly StringBuilder _text = new();

    /// <summary>The text itself: equal exactly when the programs are.</summary>
    public static string Of(FunctionOptions function)
    {
        var (cpu, containers) = (function.Cpu, function.Containers);
        return new ProgramFingerprint()
            .Add(nameof(function.Runtime), function.Runtime.ToString())
            .Add(nameof(function.Image), function.Image)
            .Add(nameof(function.Command), function.Command)
            .Add(nameof(function.Environment), function.Environment)
            .Add(nameof(function.WorkingDirectory), function.WorkingDirectory)
            .Add(nameof(function.Network), function.Network)
            .Add(nameof(function.Port), function.Port?.ToString(CultureInfo.InvariantCulture))
            .Add("Cpu:Limit", cpu.Limit?.ToString("R", CultureInfo.InvariantCulture))
            .Add("Cpu:Shares", cpu.Shares?.ToString(CultureInfo.InvariantCulture))
            .Add("Cpu:Boost", cpu.Boost ? "true" : null)
            .Add(nameof(containers.Volumes), [.. containers.Volumes.Select(mount => mount.ToString())])
            .Add(nameof(containers.Networks), containers.Networks)
            .Add(nameof(containers.User), containers.User)
            .Add(nameof(containers.Memory), containers.Memory?.ToString(CultureInfo.InvariantCulture))
            .Add(nameof(containers.Pids), containers.Pids?.ToString(CultureInfo.InvariantCulture))
            .Add(nameof(containers.Init), containers.Init ? "true" : null)
            .Add(nameof(containers.Labels), containers.Labels)
            .Add("HealthCheck:Test", containers.HealthCheck?.Test ?? [])
            .Add("HealthCheck:Interval", containers.HealthCheck?.Interval?.ToString())
            .Add("HealthCheck:Timeout", containers.HealthCheck?.Timeout?.ToString())
            .Add("HealthCheck:Retries", containers.HealthCheck?.Retries?.ToString(CultureInfo.InvariantCulture))
            .Add("HealthCheck:StartPeriod", containers.HealthCheck?.StartPeriod?.ToString())

            // A process keeps the one that it was started with; a container's is looked up at its stop.
            .Add(nameof(function.StopTimeout), function.Runtime == RuntimeKind.Process ? function.StopTimeout?.ToString() : null)
            ._text.ToString();
    }

    /// <summary>
    /// What a measured wake is a measurement of: the program, and what has to answer before it counts as awake. 16 hexadecimal digits.
    /// </summary>
    public static string OfWake(FunctionOptions function)
    {
        var text = new ProgramFingerprint().Add("Program", Of(function)).Add("Ready:Path", function.Ready.Path)._text.ToString();
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
    }

    private ProgramFingerprint Add(string key, string? value) => string.IsNullOrEmpty(value) ? this : Add(key, [value]);

    // In the order of their names: a map has none of its own.
    private ProgramFingerprint Add(string key, IReadOnlyDictionary<string, string> values) =>
        Add(key, [.. values.OrderBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair => new[] { pair.Key, pair.Value })]);

    private ProgramFingerprint Add(string key, IReadOnlyCollection<string> values)
    {
        if (values.Count == 0)
        {
            return this;
        }

        _text.Append(CultureInfo.InvariantCulture, $"{key}[{values.Count}]");
        foreach (var value in values)
        {
            // The length in front keeps ["a b"] and ["a", "b"] apart.
            _text.Append(CultureInfo.InvariantCulture, $"{value.Length}:{value}");
        }

        return this;
    }
}
