using Docker.DotNet.Models;
using Gateway.Configuration;

namespace Gateway.Runtimes.Engines.Existing;

/// <summary>Looks which container has the name.</summary>
internal sealed partial class ExistingContainer
{
    // How many looks have begun, and which of them has told last what is known.
    private int _looks;
    private int _noted;

    /// <summary>Asks the engine for the container.</summary>
    /// <returns>Returns it and its spec, or null if the engine has none of the name.</returns>
    /// <exception cref="RuntimeException">The engine is away, or nobody says which port the program listens on.</exception>
    public async Task<(ContainerInspectResponse Found, ContainerSpec Spec)?> LookAsync(CancellationToken cancellationToken)
    {
        FunctionOptions options;
        int look;
        lock (_lock)
        {
            // What changes from here on makes the answer doubtful again.
            (options, _isSure, look) = (_function, true, ++_looks);
        }

        try
        {
            var found = await containers.InspectAsync(options.Container.Existing!, cancellationToken);
            // Engines find containers by the beginning of an id too.
            found = found is not null && found.Name?.TrimStart('/') == options.Container.Existing ? found : null;
            var container = found is null ? null : UsersContainer.Of(found);
            var spec = container is null ? null : await containers.SpecAsync(options, container, cancellationToken);
            Note(container, spec, look);
            return found is null ? null : (found, spec!);
        }
        catch
        {
            Doubt();
            throw;
        }
    }

    private void Note(UsersContainer? container, ContainerSpec? spec, int look)
    {
        lock (_lock)
        {
            if (look < _noted)
            {
                // A look that began later has answered sooner.
                return;
            }

            var isFirst = _noted == 0;
            _noted = look;
            if (container is null)
            {
                // One that has never been there is not about to come back.
                _gone = _container is not null ? time.GetTimestamp() : _gone == 0 ? time.GetTimestamp() - (Returns.Ticks * time.TimestampFrequency / TimeSpan.TicksPerSecond) : _gone;
            }
            else
            {
                // One that was there at the first look may be there for years.
                _touched = container.Id == _container?.Id ? _touched : isFirst ? 0 : time.GetTimestamp();
                _gone = 0;
            }

            Volatile.Write(ref _container, container);
            Volatile.Write(ref _spec, spec);
            TellLocked();
        }
    }
}
