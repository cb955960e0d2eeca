using System.Text.RegularExpressions;
using Gateway.Configuration.Labels;
using Gateway.Runtimes.Engines.Existing;

namespace Gateway.Runtimes.Engines.Discovery;

/// <summary>A container that the engine has listed.</summary>
/// <param name="Id">The engine's id.</param>
/// <param name="Created">When it was made.</param>
/// <param name="Container">What it says of itself.</param>
internal sealed record FoundContainer(string Id, DateTime Created, LabelledContainer Container);

/// <summary>
/// Knows the containers that are functions, by their names. One that is gone is kept for <see cref="ExistingContainer.Returns"/>, because <c>docker compose up</c> removes a
/// container before it makes it anew. The order is that in which the names came, so that of two containers that want the same the one that was there first has it.
/// </summary>
internal sealed partial class ContainerRoster(TimeProvider time)
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private int _next;

    /// <summary>Gets the time until a container that is gone is no longer kept, or null if none is gone.</summary>
    public TimeSpan? NextEnd => _entries.Values.Where(static entry => entry.Gone is not null)
        .Select(entry => Max(ExistingContainer.Returns - time.GetElapsedTime(entry.Gone!.Value), TimeSpan.Zero))
        .Cast<TimeSpan?>()
        .Min();

    /// <summary>Notes what the engine has now.</summary>
    /// <returns>Returns the containers that are functions.</returns>
    public IReadOnlyList<LabelledContainer> Update(IReadOnlyList<FoundContainer> found)
    {
        var now = time.GetTimestamp();
        var present = found.OrderBy(static one => one.Created).ThenBy(static one => one.Id, StringComparer.Ordinal)
            .GroupBy(static one => SettledNameOf(one.Container))
            .Select(static same => (Name: same.Key, same.FirstOrDefault(one => one.Container.Name == same.Key)?.Container ?? same.Last().Container))
            .ToArray();
        foreach (var (name, container) in present)
        {
            var order = _entries.TryGetValue(name, out var known) ? known.Order : _next++;
            _entries[name] = new Entry(container with { Name = name }, order, Gone: null);
        }

        foreach (var name in _entries.Keys.Except(present.Select(static one => one.Name)).ToArray())
        {
            if (SuccessorOf(_entries[name].Container, present) is { } successor)
            {
                // Compose has made it anew under another name.
                _entries[successor] = _entries[successor] with { Order = _entries[name].Order };
                _entries.Remove(name);
                continue;
            }

            var entry = _entries[name] with { Gone = _entries[name].Gone ?? now };
            if (time.GetElapsedTime(entry.Gone!.Value, now) >= ExistingContainer.Returns)
            {
                _entries.Remove(name);
            }
            else
            {
                _entries[name] = entry;
            }
        }

        return [.. _entries.Values.OrderBy(static entry => entry.Order).Select(static entry => entry.Container)];
    }

    private static string? SuccessorOf(LabelledContainer gone, IEnumerable<(string Name, LabelledContainer Container)> present) =>
        gone.Service is { } service ? present.FirstOrDefault(one => gone.IsBeside(one.Container, service)).Name : null;

    // While Compose makes a container anew it puts the beginning of an id before the name of the old one (1.x) or the new one (2.x).
    private static string SettledNameOf(LabelledContainer container) =>
        container.Service is not null && Temporary().Match(container.Name) is { Success: true } match ? match.Groups["name"].Value : container.Name;

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    [GeneratedRegex("^[0-9a-f]{12}_(?<name>.+)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Temporary();

    /// <param name="Container">The container, by its lasting name.</param>
    /// <param name="Order">Its place among the others.</param>
    /// <param name="Gone">When it was missed first, or null if it is there.</param>
    private sealed record Entry(LabelledContainer Container, int Order, long? Gone);
}
