namespace ClipSharp.Training.Memory;

/// <summary>A tensor's bytes, there as long as a scope or the graph holds them.</summary>
/// <param name="bytes">How many.</param>
internal sealed class Storage(long bytes)
{
    public long Bytes => bytes;

    public int Holders { get; set; }
}

/// <summary>A tensor by its size alone.</summary>
/// <param name="Storage">Where its numbers are; views and results in place share one.</param>
/// <param name="Bytes">Its own, which may be fewer.</param>
/// <param name="Node">What made it, where a gradient is asked for.</param>
internal sealed record Value(Storage Storage, long Bytes, Node? Node);

/// <summary>An operation that autograd will go back through.</summary>
/// <param name="Number">Its place in the order of the forward pass.</param>
/// <param name="Edges">Where gradients go and the bytes of each; 0 = the gradient that came, shared.</param>
/// <param name="Saved">What it keeps until it has been gone through.</param>
/// <param name="Operation">What it is.</param>
internal sealed record Node(int Number, IReadOnlyList<(Node To, long Bytes)> Edges, IReadOnlyList<Storage> Saved,
    Operation Operation)
{
    /// <summary>Whether it makes nothing but holds a gradient.</summary>
    public bool IsLeaf => Edges.Count == 0 && !Operation.IsTrained;

    /// <summary>The gradient of a leaf, once it has been reached.</summary>
    public Storage? Gradient { get; set; }
}

/// <summary>What an operation takes and leaves, in bytes.</summary>
internal sealed record Operation
{
    /// <summary>What it reads; backward makes a gradient of each one's size.</summary>
    public IReadOnlyList<Value> Inputs { get; init; } = [];

    /// <summary>What it reads and backward hands its own gradient on to: terms of a sum, what is viewed or changed in
    /// place.</summary>
    public IReadOnlyList<Value> Terms { get; init; } = [];

    /// <summary>What the result is a view of, or is written over.</summary>
    public Value? Over { get; init; }

    /// <summary>What the graph keeps.</summary>
    public IReadOnlyList<Value> Saves { get; init; } = [];

    /// <summary>Whether it keeps its result too.</summary>
    public bool SavesResult { get; init; }

    /// <summary>Whether it has parameters that are trained.</summary>
    public bool IsTrained { get; init; }

    /// <summary>What it takes besides while it runs.</summary>
    public long Work { get; init; }

    /// <summary>What going back takes besides the gradients of what it read, such as those of weights.</summary>
    public long BackwardWork { get; init; }

    /// <summary>What gradients of weights take after that, when the graph has let go what it kept: their conversion.</summary>
    public long LateWork { get; init; }

    /// <summary>What of that stays until the step is over: the gradients themselves.</summary>
    public long Gradients { get; init; }
}

/// <summary>Plays a training step through with sizes instead of numbers: what each operation allocates, what autograd keeps for
/// the way back and lets go on it, and what our scopes hold; <see cref="Peak"/> is the most that is there at once.</summary>
internal sealed class Tape
{
    private readonly Stack<List<Storage>> _scopes = new([[]]);
    private readonly List<Storage> _casts = [];
    private int _count;
    private bool _hasGraph = true;
    private bool _hasGradients;

    /// <summary>Bytes that are there now.</summary>
    public long Live { get; private set; }

    /// <summary>The most that was there.</summary>
    public long Peak { get; private set; }

    /// <summary>When that was.</summary>
    public string PeakPhase { get; private set; } = string.Empty;

    /// <summary>What the step is at.</summary>
    public string Phase { get; set; } = string.Empty;


    /// <summary>Bytes that the current scope holds.</summary>
    public Storage New(long bytes)
    {
        var storage = Allocate(bytes);
        _scopes.Peek().Add(storage);
        return storage;
    }

    /// <summary>Bytes that are there for a moment.</summary>
    public void Touch(long bytes)
    {
        if (Live + bytes > Peak)
        {
            (Peak, PeakPhase) = (Live + bytes, Phase);
        }
    }

    /// <summary>Runs an operation.</summary>
    /// <param name="bytes">Of its result.</param>
    /// <param name="operation">What it is.</param>
    public Value Run(long bytes, Operation operation)
    {
        var result = operation.Over?.Storage ?? New(bytes);
        Touch(operation.Work);
        var edges = operation.Inputs.Where(input => input.Node is not null).Select(input => (input.Node!, input.Bytes))
            .Concat(operation.Terms.Where(term => term.Node is not null).Select(term => (term.Node!, 0L))).ToList();
        if (!_hasGraph || (edges.Count == 0 && !operation.IsTrained))
        {
            return new Value(result, bytes, null);
        }

        List<Storage> saved = [.. operation.Saves.Select(value => value.Storage),
            .. operation.SavesResult ? [result] : (Storage[])[]];
        saved.ForEach(storage => storage.Holders++);
        return new Value(result, bytes, new Node(_count++, edges, saved, operation));
    }

    /// <summary>What is made inside goes at the end, but for the result, which the outer scope has.</summary>
    public Value Scope(Func<Value> body)
    {
        _scopes.Push([]);
        var result = body();
        result.Storage.Holders++;
        EndScope();
        _scopes.Peek().Add(result.Storage);
        return result;
    }

    /// <summary>What is made inside goes at the end.</summary>
    public void Scope(Action body)
    {
        _scopes.Push([]);
        body();
        EndScope();
    }

    /// <summary>Runs without a graph.</summary>
    public void NoGrad(Action body)
    {
        _hasGraph = false;
        body();
        _hasGraph = true;
    }

    /// <summary>Runs where weights have gradients already, to which theirs are added.</summary>
    public void Accumulating(Action body)
    {
        var before = _hasGradients;
        _hasGradients = true;
        body();
        _hasGradients = before;
    }

    /// <summary>An autocast scope: copies of weights that it remembers go at the end.</summary>
    public void Autocast(Action body)
    {
        body();
        _casts.ForEach(Release);
        _casts.Clear();
    }

    /// <summary>A copy of a weight that autocast remembers.</summary>
    public Value Remember(long bytes)
    {
        var storage = Allocate(bytes);
        _casts.Add(storage);
        return new Value(storage, bytes, null);
    }

    /// <summary>Lets go what the current scope holds.</summary>
    public void Dispose(Storage storage)
    {
        if (!_scopes.Peek().Remove(storage))
        {
            throw new InvalidOperationException("Another scope holds it.");
        }

        Release(storage);
    }

    /// <summary>The same bytes as a leaf that wants a gradient.</summary>
    public Value Leaf(Value value) => value with { Node = new Node(_count++, [], [], new Operation()) };

    /// <summary>Goes back from a value; operations in the reverse of their order, as autograd takes them.</summary>
    /// <param name="output">Where to begin.</param>
    /// <param name="gradient">By it; the caller's.</param>
    public void Backward(Value output, Storage gradient)
    {
        var waiting = new SortedDictionary<int, (Node Node, Storage Gradient)>();
        gradient.Holders++;
        Deliver(output.Node!, gradient);
        while (waiting.Count > 0)
        {
            var (node, incoming) = waiting.Last().Value;
            waiting.Remove(node.Number);
            if (node.IsLeaf)
            {
                node.Gradient = Stolen(incoming);
                continue;
            }

            var made = node.Edges.Select(edge => edge.Bytes > 0 ? Allocate(edge.Bytes) : incoming).ToList();
            made.Where(g => g == incoming).ToList().ForEach(g => g.Holders++);
            Touch(node.Operation.BackwardWork);
            foreach (var storage in node.Saved)
            {
                Release(storage);
            }

            Release(incoming);
            Touch(node.Operation.LateWork);
            Live += _hasGradients ? 0 : node.Operation.Gradients;
            Touch(0);
            for (var i = 0; i < made.Count; i++)
            {
                Deliver(node.Edges[i].To, made[i]);
            }
        }

        // A second gradient is added to the first in place where nobody else holds that.
        void Deliver(Node to, Storage more)
        {
            if (!waiting.TryGetValue(to.Number, out var before))
            {
                waiting[to.Number] = (to, more);
            }
            else if (before.Gradient.Holders == 1)
            {
                Release(more);
            }
            else
            {
                var sum = Allocate(more.Bytes);
                Release(before.Gradient);
                Release(more);
                waiting[to.Number] = (to, sum);
            }
        }
    }

    // A leaf takes the gradient over, or a copy where somebody else holds it.
    private Storage Stolen(Storage gradient)
    {
        var own = gradient;
        if (gradient.Holders > 1)
        {
            own = Allocate(gradient.Bytes);
            Release(gradient);
        }

        _scopes.Peek().Add(own);
        return own;
    }

    private Storage Allocate(long bytes)
    {
        Live += bytes;
        Touch(0);
        return new Storage(bytes) { Holders = 1 };
    }

    private void EndScope() => _scopes.Pop().ForEach(Release);


    private void Release(Storage storage)
    {
        if (--storage.Holders == 0)
        {
            Live -= storage.Bytes;
        }
    }
}
