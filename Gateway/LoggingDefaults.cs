namespace Gateway;

/// <summary>The logging settings that apply unless the configuration has others.</summary>
internal static class LoggingDefaults
{
    /// <summary>Configuration keys and their values.</summary>
    public static readonly Dictionary<string, string?> Settings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
        // At any level it begins a span and a log scope for each request, which nothing here reads and which is a third of what a request
        // allocates. Without it a client's trace context passes through unchanged.
        ["Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "None",
        // It logs a line for each listener, and ten thousand functions have ten thousand.
        ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Warning",
        // Session affinity needs it, but its keys need not survive a restart.
        ["Logging:LogLevel:Microsoft.AspNetCore.DataProtection"] = "Error",
        // YARP logs every request at Information. Users may turn that on.
        ["Logging:LogLevel:Yarp"] = "Warning",
        // It logs a stack trace for each failed request, even if that is then sent again. Event 4011 reports the final failure.
        ["Logging:LogLevel:Yarp.ReverseProxy.Forwarder.HttpForwarder"] = "Error",
        // Likewise; event 4101 reports these failures.
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
