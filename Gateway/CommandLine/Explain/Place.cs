using System.Globalization;
using System.Net;
using Gateway.Configuration;
using Gateway.Listening;

namespace Gateway.CommandLine.Explain;

/// <summary>What is at the address that is dialled.</summary>
/// <param name="Listen">The address of the configuration that takes the connection, or null if none does.</param>
/// <param name="Listener">What it is for.</param>
internal sealed record Place(ListenAddress? Listen, Listener Listener)
{
    /// <summary>Gets whether TLS is spoken there.</summary>
    public bool IsTls => Listen is { IsHttps: true } or { IsTls: true };

    /// <summary>Gets the key of the configuration that has the address.</summary>
    public string Key => Listener.IsAdmin ? "Gateway:Admin:Url" : Listener.Function is { } function ? $"Gateway:Functions:{function.Name}:Listen" : Listener.Names is not null ? "Gateway:Functions" : "Kestrel:Endpoints";

    /// <summary>Finds the place, and the address if a host name stands for it.</summary>
    /// <exception cref="CommandException">A host name does not say which of several addresses is meant.</exception>
    public static (Place Place, Question Question) Find(UnstartedGateway gateway, Question question)
    {
        var asked = question.To.Equals(IPAddress.Any) ? question with { To = AddressFor(gateway, question.Port) } : question;
        var listener = gateway.Listeners.Find(new IPEndPoint(asked.To, asked.Port));
        var addresses = listener.IsAdmin ? gateway.Options.Admin.Listen : listener.Function?.Options.Listen
            ?? (listener.Names is null ? gateway.Options.Shared : [.. gateway.Options.Functions.Values.SelectMany(function => function.NamedListen)]);
        // The address itself says more than every address.
        var listen = addresses.Where(address => address.Takes(asked.To, asked.Port)).OrderBy(address => address.Address is null).FirstOrDefault();
        return (new Place(listen, listener), asked);
    }

    // Nobody asks a name server: what is written with the port is what the name can mean here.
    private static IPAddress AddressFor(UnstartedGateway gateway, int port)
    {
        var options = gateway.Options;
        ListenAddress[] all = [.. options.Admin.Listen.Concat(options.Shared).Concat(options.Functions.Values.SelectMany(function => function.Listen)).Where(listen => listen.Port == port)];
        if (all.Any(listen => listen.Takes(IPAddress.Any, port)))
        {
            return IPAddress.Any;
        }

        IPAddress[] written = [.. all.Select(listen => listen.Address!).Distinct()];
        return written.DistinctBy(address => gateway.Listeners.Find(new IPEndPoint(address, port))).Count() <= 1
            ? written.FirstOrDefault() ?? IPAddress.Any
            : throw new CommandException(
                string.Create(CultureInfo.InvariantCulture, $"TO: port {port} is at several addresses here ({string.Join(", ", written.AsEnumerable())}); name one, e.g. {new IPEndPoint(written[0], port)}, and the name with --sni and --host."),
                ExitCodes.CannotStart);
    }
}
