using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Listening;
using Gateway.Telemetry;

namespace Gateway.Forwarding;

/// <summary>Notes that the first answer of a cold start begins, and tells the client how long it was.</summary>
internal sealed record FirstAnswer(HttpResponse Response, Function Function, ColdRequest Cold, ConfigurationMonitor Configuration, TimeProvider Time)
{
    /// <summary>Notes the request for the cold start whose first answer is still to come, and follows its answer.</summary>
    /// <returns>Returns false if there is no such cold start.</returns>
    public static bool Observe(HttpContext context, Function function, long arrived, ConfigurationMonitor configuration, TimeProvider time)
    {
        if (function.PendingColdStart is not { } cold)
        {
            return false;
        }

        cold.NoteRequest(arrived);
        cold.NoteTrace(TraceParent.ForColdStart(context.Request));
        if (cold.Rtt is null)
        {
            cold.NoteRtt(TcpInfo.RoundTrip(context.Features));
        }

        var request = new ColdRequest(cold, arrived);
        context.Features.Set(request);
        context.Response.OnStarting(static state => ((FirstAnswer)state).BeginAsync(), new FirstAnswer(context.Response, function, request, configuration, time));
        return true;
    }

    private Task BeginAsync()
    {
        Function.Served(Cold.Start, Time.GetTimestamp());
        if (Configuration.Current.ServerTiming)
        {
            ServerTiming.Write(Response, Cold);
        }

        return Task.CompletedTask;
    }
}
