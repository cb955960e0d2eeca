namespace Gateway.Configuration;

/// <summary>Finds changes that a reload cannot put in use, because the gateway is built around them. They are logged, so that nobody waits for them.</summary>
internal static class FixedAtStart
{
    /// <returns>Returns the paths of the keys and sections that differ.</returns>
    public static IEnumerable<string> Changed(GatewayOptions old, GatewayOptions good)
    {
        if (old.Name != good.Name)
        {
            yield return "Gateway:Name";
        }

        if (old.Ebpf != good.Ebpf)
        {
            yield return "Gateway:Ebpf";
        }

        if (old.FastOpen != good.FastOpen)
        {
            yield return "Gateway:FastOpen";
        }

        foreach (var name in good.Runtimes.Keys.Order(StringComparer.Ordinal))
        {
            if (!old.Runtimes.TryGetValue(name, out var before) || before != good.Runtimes[name])
            {
                yield return $"Gateway:{name}";
            }
        }

        if (old.Budget != good.Budget)
        {
            yield return "Gateway:Budget";
        }

        if (old.Tracing != good.Tracing)
        {
            yield return "Gateway:Tracing";
        }

        if (old.State != good.State)
        {
            yield return "Gateway:State";
        }

        if (old.Restart.TakeOver != good.Restart.TakeOver)
        {
            yield return "Gateway:Restart:TakeOver";
        }

        if (!old.Limits.Equals(good.Limits))
        {
            yield return "Kestrel:Limits";
        }
    }
}
