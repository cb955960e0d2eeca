using System.Diagnostics;

namespace Gateway.Model;

/// <summary>The trace to which a request belongs.</summary>
/// <param name="Span">The span under which belongs what is done for the request.</param>
internal sealed record RequestTrace(ActivityContext Span);
