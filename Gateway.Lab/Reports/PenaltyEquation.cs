namespace Gateway.Lab.Reports;

/// <summary>The equation that the product rests on: <c>penalty = max(0, T_ready - W)</c>. Times are milliseconds.</summary>
public static class PenaltyEquation
{
    /// <summary>What a client waits.</summary>
    /// <param name="ready">T_ready: from the signal to a function that answers.</param>
    /// <param name="window">W: from the signal to the arrival of the request.</param>
    public static double Predict(double ready, double window) => Math.Max(0, ready - window);

    /// <summary>W in round trips, by what handshakes there are between signal and request.</summary>
    /// <param name="wakeOn">Syn, Established, ClientHello or Request.</param>
    /// <param name="protocol">HTTP, TLS 1.3 or TLS 1.2.</param>
    public static int RoundTrips(string wakeOn, string protocol)
    {
        // RFC 9293, section 3.5: one for TCP; RFC 8446, section 2: one more; RFC 5246, section 7.3: two more.
        var tls = protocol switch
        {
            "HTTP" => 0,
            "TLS 1.3" => 1,
            "TLS 1.2" => 2,
            _ => throw new ArgumentOutOfRangeException(nameof(protocol), protocol, "HTTP, TLS 1.3 or TLS 1.2"),
        };
        return wakeOn switch
        {
            "Syn" => 1 + tls,
            "Established" or "ClientHello" => tls,
            "Request" => 0,
            _ => throw new ArgumentOutOfRangeException(nameof(wakeOn), wakeOn, "Syn, Established, ClientHello or Request"),
        };
    }
}
