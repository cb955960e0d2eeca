using System.Runtime.InteropServices;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Ebpf.Hooks;
using Gateway.Readiness;
using LibBpf;

namespace Gateway.Signals.Direct;

/// <summary>Hands connections over: copies the sockets of a function's instances, gives them to the kernel, and closes the copies.</summary>
internal sealed partial class DirectConnections
{
    private void HandOver(DirectFunction state, int change)
    {
        if (state.Function.Running.Any(BridgedProgram.IsApart))
        {
            _ = ForwardAsync(state, change);
            return;
        }

        List<(FunctionInstance Instance, SafeHandle Socket)> copies = [];
        try
        {
            var why = Copy(state.Function, copies);
            lock (_gate)
            {
                if (state.Change == change && _options is not null)
                {
                    TellLocked(state, why ?? HandOverLocked(state, copies));
                }
            }
        }
        catch (Exception error) when (error is BpfException or IOException or UnauthorizedAccessException)
        {
            lock (_gate)
            {
                if (state.Change == change)
                {
                    TurnBackLocked(state);
                    TellLocked(state, error.Message.TrimEnd('.'));
                }
            }
        }
        finally
        {
            copies.ForEach(static copy => copy.Socket.Dispose());
        }
    }

    private string? Copy(Function function, List<(FunctionInstance Instance, SafeHandle Socket)> copies)
    {
        if (MapSize == 0)
        {
            return "the kernel does not steer connections here (it takes eBPF, of which sk_lookup)";
        }

        if (!TcpConnections.CanList())
        {
            return "the kernel does not list connections here (sock_diag), so they could not be counted";
        }

        foreach (var instance in function.Running.Take(KernelHooks.MaxDirectSockets))
        {
            if (ListenerCopy.TryMake(instance, out var why) is not { } copy)
            {
                return why;
            }

            copies.Add((instance, copy));
        }

        return null;
    }

    private string? HandOverLocked(DirectFunction state, List<(FunctionInstance Instance, SafeHandle Socket)> copies)
    {
        if (copies.Count == 0)
        {
            return null;
        }

        if (PlacesLocked(state, copies.Count) is not var (first, _))
        {
            return "all places for sockets in the kernel's map are taken by other functions";
        }

        for (var i = 0; i < copies.Count; i++)
        {
            var (instance, socket) = copies[i];
            var place = first + i;
            kernel.Use(
                hooks =>
                {
                    hooks.SetDirectSocket(place, socket);
                    return true;
                },
                without: false);
            UseOf(state.Function, instance).Place = place;
        }

        List<ListenAddress> handed = [];
        state.Addresses = handed;
        foreach (var address in state.Options.OwnListen)
        {
            if (addresses.HandOver(address, first, copies.Count))
            {
                handed.Add(address);
            }
        }

        return handed.Count == 0 ? "another program listens on its address" : null;
    }

    // A reload may ask for more instances than before.
    private (int First, int Size)? PlacesLocked(DirectFunction state, int size)
    {
        _places ??= new DirectPlaces(MapSize);
        if (state.Places is { } before && before.Size < size)
        {
            _places.Return(before.First, before.Size);
            state.Places = null;
        }

        return state.Places ??= _places.Take(size) is { } first ? (first, size) : null;
    }
}
