namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>
/// A proxy has one core for itself; load and function share another, and are done with their part long before a proxy is.
/// So what is measured is the proxy, and on any machine with two cores or more the same.
/// </summary>
internal static class WarmCores
{
    public const string Proxy = "0";
    public const string Load = "1";

    /// <exception cref="LabException">There is one core only.</exception>
    public static void Check()
    {
        if (Environment.ProcessorCount < 2)
        {
            throw new LabException("'warm' needs two cores, one for the proxy and one for the load; this process may use one only");
        }
    }
}
