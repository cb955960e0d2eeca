namespace Gateway.Listening;

/// <summary>Why a connection was closed though its client wanted it open, or refused.</summary>
internal enum ConnectionCause
{
    /// <summary>Its client has as many as one may have.</summary>
    ClientShare,

    /// <summary>All clients together have as many as they may have.</summary>
    Whole,

    /// <summary>The process has hardly any descriptors left.</summary>
    Descriptors,
}
