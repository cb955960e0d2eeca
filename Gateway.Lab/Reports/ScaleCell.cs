namespace Gateway.Lab.Reports;

/// <summary>A gateway with so many functions, each with an address of its own. Times in milliseconds.</summary>
/// <param name="Functions">How many.</param>
/// <param name="Startup">From the process's start to /readyz; the median.</param>
/// <param name="RssPerFunction">KiB of resident memory for each function beyond the first; with one function all there is.</param>
/// <param name="Reload">From a new file with one function more to a connection for it being accepted; the median.</param>
/// <param name="WakeP50">From the SYN in the kernel to the runtime being called.</param>
/// <param name="Rss">MiB of resident memory when it was ready.</param>
public sealed record ScaleCell(int Functions, double Startup, double RssPerFunction, double Reload, double WakeP50, double WakeP99, double Rss);

/// <summary>First requests to so many functions at rest, sent at once. Times in milliseconds; medians over the rounds.</summary>
/// <param name="Answered">Until the last one was answered.</param>
/// <param name="P50">Of the requests.</param>
public sealed record AtOnceCell(int AtOnce, double Answered, double P50, double P99);

/// <summary>A bulk transfer with the hooks attached as Auto attaches them, and without, in turns. Gbit/s.</summary>
/// <param name="Device">veth or lo.</param>
/// <param name="With">The median.</param>
/// <param name="Without">The median.</param>
/// <param name="Ratio">The median of each round's ratio.</param>
public sealed record BulkCell(string Device, double With, double Without, double Ratio);
