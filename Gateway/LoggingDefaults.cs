namespace Gateway;

/// <summary>What is logged where the configuration does not say.</summary>
internal static class LoggingDefaults
{
    /// <summary>Configuration keys and their values.</summary>
    public static readonly Dictionary<string, string?> Settings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
        // At any level it begins a span and a log scope for each request, which nobody here reads: a third of what a request
        // allocates. Without it a client's trace context passes through as it came.
        ["Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "None",
        // A line for each listener: ten thousand functions have ten thousand.
        ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Warning",
        // Session affinity brings it along; its keys need no keeping over a restart.
        ["Logging:LogLevel:Microsoft.AspNetCore.DataProtection"] = "Error",
        // YARP tells of every request at Information; users may turn it on.
        ["Logging:LogLevel:Yarp"] = "Warning",
        // A stack trace for each request that fails, also for one that is then sent again: event 4011 tells what came of it.
        ["Logging:LogLevel:Yarp.ReverseProxy.Forwarder.HttpForwarder"] = "Error",
        // Likewise, for what is told as event 4101.
        ["Logging:LogLevel:Microsoft.AspNetCore.Authentication"] = "None",
        ["Logging:LogLevel:Microsoft.AspNetCore.Server.Kestrel.BadRequests"] = "Warning",
        ["Logging:LogLevel:Microsoft.AspNetCore.Server.Kestrel.Connections"] = "Warning",
        ["Logging:LogLevel:Microsoft.AspNetCore.Server.Kestrel.Http2"] = "Warning",
        ["Logging:LogLevel:Microsoft.AspNetCore.Server.Kestrel.Https"] = "Warning",
        ["Logging:Console:FormatterName"] = "simple",
        ["Logging:Console:FormatterOptions:SingleLine"] = "true",
        ["Logging:Console:FormatterOptions:TimestampFormat"] = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ",
        ["Logging:Console:FormatterOptions:UseUtcTimestamp"] = "true",
    };
}
