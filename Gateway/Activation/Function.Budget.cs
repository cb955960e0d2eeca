using System.Runtime.InteropServices;
using Gateway.Activation.Core;
using Gateway.Model;

namespace Gateway.Activation;

/// <summary>Asks the budget for starts, and says on whose behalf.</summary>
internal sealed partial class Function
{
    // The groups of the clients whose requests wait, and how many do. A start in line waits on behalf of each of them.
    private readonly Dictionary<SourceGroup, int> _waitingSources = [];

    // The start of the trial that is under way.
    private StartTicket? _tried;

    // Called under the lock, with the question that the core has asked.
    private Step AskBudgetLocked(BudgetQuestion question)
    {
        var ticket = _services.Budget.TryTake(Share, question.Signal);
        var step = HandleLocked(new FunctionEvent.BudgetAnswered(ticket is not null, ticket is null ? RearmIn() : default));
        if (ticket is not null)
        {
            foreach (var effect in step.Effects)
            {
                if (effect is FunctionEffect.Start { IsBudgeted: true } start)
                {
                    _instances[start.Key].Ticket = ticket;
                    Try(ticket, start.Key);
                    return step;
                }
            }

            _services.Budget.Release(ticket);
        }

        return step;
    }

    // Called under the lock. A SYN whose wake is on trial has its share of the budget until that is over.
    private void Try(StartTicket ticket, int key)
    {
        if (_core.Trial?.Key == key)
        {
            if (_tried is { } before)
            {
                _services.Budget.Settle(before);
            }

            ticket.IsOnTrial = true;
            _tried = ticket;
        }
    }

    // Called under the lock, with each new value of the core.
    private void SettleTrial()
    {
        if (_tried is { } tried && _core.Trial is null)
        {
            _tried = null;
            _services.Budget.Settle(tried);
        }
    }

    // Called under the lock.
    private void AddWaiting(in Signal signal, int change)
    {
        if (signal.Client is not { } client)
        {
            return;
        }

        var source = SourceGroup.Of(client.Address);
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_waitingSources, source, out _);
        count += change;
        if (count == 0)
        {
            _waitingSources.Remove(source);
        }
        else if (count == change)
        {
            foreach (var instance in _instances.Values)
            {
                if (instance.Ticket is { IsWaiting: true } ticket)
                {
                    _services.Budget.Join(ticket, source);
                }
            }
        }
    }

    // Returns null if nobody waits for the start any more.
    private StartTicket? EnterLine(FunctionInstance instance, FunctionEffect.Start start, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (instance.IsUnneeded && _core.Waiting == 0)
            {
                return null;
            }

            SourceGroup[] sources = _waitingSources.Count > 0 ? [.. _waitingSources.Keys]
                : start.Cold?.Client is { } client ? [SourceGroup.Of(client.Address)]
                : [];
            return instance.Ticket = _services.Budget.Enter(Share, sources, cancellationToken);
        }
    }

    private void GiveUp(FunctionInstance instance)
    {
        lock (_gate)
        {
            // Somebody may wait again by now.
            if (_core.Waiting > 0)
            {
                return;
            }

            instance.IsUnneeded = true;
            if (instance.Ticket is { } ticket)
            {
                _services.Budget.GiveUp(ticket);
            }
        }
    }

    private void Release(ref StartTicket? ticket)
    {
        if (ticket is not null)
        {
            _services.Budget.Release(ticket);
            ticket = null;
        }
    }
}
