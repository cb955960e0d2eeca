namespace Gateway.Configuration;

/// <summary>Finds changes that a reload cannot put in use, because the gateway is built around them. They are logged, so that nobody waits for them.</summary>
internal static class FixedAtStart
{
    /// <returns>Returns the paths of the keys and sections that differ.</returns>
    public static IEnumerable<string> Changed(GatewayOptions old, GatewayOptions good)
    {
        (string Path, bool HasChanged)[] all =
        [
            ("Gateway:Name", old.Name != good.Name),
            ("Gateway:Ebpf", old.Ebpf != good.Ebpf),
            ("Gateway:FastOpen", old.FastOpen != good.FastOpen),
            .. good.Runtimes.Select(runtime => ($"Gateway:{runtime.Key}", !old.Runtimes.TryGetValue(runtime.Key, out var before) || before != runtime.Value))
                .OrderBy(runtime => runtime.Item1, StringComparer.Ordinal),
            ("Gateway:Budget", old.Budget != good.Budget),
            ("Gateway:State", old.State != good.State),
            ("Kestrel:Limits", !old.Limits.Equals(good.Limits)),
        ];
        return all.Where(entry => entry.HasChanged).Select(entry => entry.Path);
    }
}
