// Small concurrency benchmarks in Go: goroutines and unbuffered channels.
//
//	bench NAME N [K]     prints: NAME N seconds ns_per_op [extra]
//
// The number of scheduler threads is GOMAXPROCS, from the environment.
package main

import (
	"fmt"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"
)

func report(name string, n int, d time.Duration, ops int, extra string) {
	fmt.Printf("%s %d %.6f %.2f %s\n", name, n, d.Seconds(), float64(d.Nanoseconds())/float64(ops), extra)
}

// vm reads a "kB" line of /proc/self/status and gives bytes.
func vm(key string) int {
	b, _ := os.ReadFile("/proc/self/status")
	for _, l := range strings.Split(string(b), "\n") {
		if strings.HasPrefix(l, key) {
			f := strings.Fields(l)
			v, _ := strconv.Atoi(f[1])
			return v * 1024
		}
	}
	return 0
}

func commstime(n int) {
	a, b, c, d := make(chan int), make(chan int), make(chan int), make(chan int)
	go func() { // prefix
		a <- 0
		for {
			a <- <-c
		}
	}()
	go func() { // delta, sequential: succ first, then the consumer
		for {
			x := <-a
			b <- x
			d <- x
		}
	}()
	go func() { // succ
		for {
			c <- <-b + 1
		}
	}()
	for i := 0; i < 1000; i++ {
		<-d
	}
	t := time.Now()
	last := 0
	for i := 0; i < n; i++ {
		last = <-d
	}
	e := time.Since(t)
	if last != n+999 {
		panic("commstime: wrong value")
	}
	report("commstime", n, e, n, fmt.Sprintf("ns_per_comm=%.2f", float64(e.Nanoseconds())/float64(n)/4))
}

func ring(n, p int) {
	done := make(chan int)
	chans := make([]chan int, p)
	for i := range chans {
		chans[i] = make(chan int)
	}
	for i := 0; i < p; i++ {
		in, out := chans[i], chans[(i+1)%p]
		go func() {
			for {
				x := <-in
				if x == 0 {
					done <- 1
				} else {
					out <- x - 1
				}
			}
		}()
	}
	chans[0] <- p // one turn of warm-up
	<-done
	t := time.Now()
	chans[0] <- n
	<-done
	e := time.Since(t)
	report(fmt.Sprintf("ring%d", p), n, e, n, "")
}

// spawn: each process ends at once; they are joined together.
func spawn(n int) {
	run := func(n int) {
		var wg sync.WaitGroup
		wg.Add(n)
		for i := 0; i < n; i++ {
			go wg.Done()
		}
		wg.Wait()
	}
	run(1000)
	t := time.Now()
	run(n)
	report("spawn", n, time.Since(t), n, fmt.Sprintf("hwm_bytes=%d", vm("VmHWM")))
}

// spawnsend: each process sends one value to the parent over a shared channel.
func spawnsend(n int) {
	run := func(n int) {
		c := make(chan int)
		for i := 0; i < n; i++ {
			go func() { c <- i }()
		}
		s := 0
		for i := 0; i < n; i++ {
			s += <-c
		}
		if s != n*(n-1)/2 {
			panic("spawnsend: wrong sum")
		}
	}
	run(1000)
	t := time.Now()
	run(n)
	report("spawnsend", n, time.Since(t), n, fmt.Sprintf("hwm_bytes=%d", vm("VmHWM")))
}

// blocked: n processes alive at once, each waiting to read its own channel.
// "blocked" uses one channel each, "blocked1" one channel shared by all.
func blocked(n int, shared bool) {
	runtime.GC()
	before := vm("VmRSS")
	var one chan int
	chans := make([]chan int, n)
	if shared {
		one = make(chan int)
	}
	var wg, ready sync.WaitGroup
	wg.Add(n)
	ready.Add(n)
	t := time.Now()
	for i := 0; i < n; i++ {
		c := one
		if !shared {
			c = make(chan int)
			chans[i] = c
		}
		go func() {
			ready.Done()
			<-c
			wg.Done()
		}()
	}
	ready.Wait()
	runtime.Gosched()
	mid := vm("VmRSS")
	if shared {
		for i := 0; i < n; i++ {
			one <- i
		}
	} else {
		for i := 0; i < n; i++ {
			chans[i] <- i
		}
	}
	wg.Wait()
	e := time.Since(t)
	name := "blocked"
	if shared {
		name = "blocked1"
	}
	report(name, n, e, n, fmt.Sprintf("rss_bytes=%d bytes_per_process=%.0f", mid, float64(mid-before)/float64(n)))
}

// selk: the server alternates over k channels with reflect.Select (random
// choice among the ready ones), the only n-ary select Go has.
func selk(m, k int) {
	chans := make([]chan int, k)
	cases := make([]reflect.SelectCase, k)
	for i := range chans {
		chans[i] = make(chan int)
		cases[i] = reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(chans[i])}
		c := chans[i]
		go func() {
			for j := 0; j < m; j++ {
				c <- j
			}
		}()
	}
	t := time.Now()
	for i := 0; i < m*k; i++ {
		reflect.Select(cases)
		// A client that has sent everything never becomes ready again; that
		// is harmless, so its case stays.
	}
	e := time.Since(t)
	report(fmt.Sprintf("select%d", k), m, e, m*k, "reflect")
}

// selidle: as selk, but one client sends on the k channels in turn (in steps
// of 7k/10), so that at most one is ever ready.
func selidle(m, k int) {
	chans := make([]chan int, k)
	cases := make([]reflect.SelectCase, k)
	for i := range chans {
		chans[i] = make(chan int)
		cases[i] = reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(chans[i])}
	}
	go func() {
		for i := 0; i < m; i++ {
			chans[i*(7*k/10)%k] <- i
		}
	}()
	t := time.Now()
	for i := 0; i < m; i++ {
		reflect.Select(cases)
	}
	report(fmt.Sprintf("selectidle%d", k), m, time.Since(t), m, "reflect")
}

// selnil: k channels whose case is switched off (nil) although k senders wait at them, beside one that is ready.
func selnil(m, k int) {
	cases := make([]reflect.SelectCase, k+1)
	for i := 0; i < k; i++ {
		c := make(chan int)
		var off chan int
		cases[i] = reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(off)}
		go func() { c <- i }()
	}
	on := make(chan int)
	cases[k] = reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(on)}
	go func() {
		for j := 0; j < m; j++ {
			on <- j
		}
	}()
	t := time.Now()
	for i := 0; i < m; i++ {
		reflect.Select(cases)
	}
	report(fmt.Sprintf("selectnil%d", k), m, time.Since(t), m, "reflect")
}

// turns is the small computation of "work" and "busy".
//
//go:noinline
func turns(x, n int) int {
	for i := 0; i < n; i++ {
		x = (x*1103515245 + 12345) % 2147483648
	}
	return x
}

// work: k clients compute for w turns before each of m messages to one server, over one channel each.
func work(m, k, w int) {
	c := make(chan int)
	for i := 0; i < k; i++ {
		go func() {
			x := i
			for j := 0; j < m; j++ {
				x = turns(x, w)
				c <- x
			}
		}()
	}
	t := time.Now()
	s := 0
	for i := 0; i < m*k; i++ {
		s += <-c
	}
	report(fmt.Sprintf("work%d", k), m, time.Since(t), m*k, fmt.Sprintf("sum=%d", s))
}

// busy: k processes that only compute, n turns each.
func busy(n, k int) {
	c := make(chan int)
	t := time.Now()
	for i := 0; i < k; i++ {
		go func() { c <- turns(i+1, n) }()
	}
	s := 0
	for i := 0; i < k; i++ {
		s += <-c
	}
	report(fmt.Sprintf("busy%d", k), n, time.Since(t), n, fmt.Sprintf("sum=%d", s))
}

// mtring: t tokens go round p processes, n hops in whole rounds of all tokens.
func mtring(n, p, tokens int) {
	chans := make([]chan int, p)
	for i := range chans {
		chans[i] = make(chan int)
	}
	for i := 1; i < p; i++ {
		in, out := chans[i], chans[(i+1)%p]
		go func() {
			for x := range in {
				out <- x + 1
			}
		}()
	}
	in, out := chans[0], chans[1]
	t := time.Now()
	for i := 0; i < tokens; i++ {
		out <- 1
	}
	for i := 0; i < n/p; i++ {
		out <- <-in + 1
	}
	s := 0
	for i := 0; i < tokens; i++ {
		s += <-in
	}
	report(fmt.Sprintf("mtring%d", p), n, time.Since(t), n, fmt.Sprintf("hops=%d", s-tokens*p))
}

// sel10: the same for ten channels with the select statement.
func sel10(m int) {
	var c [10]chan int
	for i := range c {
		c[i] = make(chan int)
		ch := c[i]
		go func() {
			for j := 0; j < m; j++ {
				ch <- j
			}
		}()
	}
	t := time.Now()
	s := 0
	for i := 0; i < m*10; i++ {
		select {
		case x := <-c[0]:
			s += x
		case x := <-c[1]:
			s += x
		case x := <-c[2]:
			s += x
		case x := <-c[3]:
			s += x
		case x := <-c[4]:
			s += x
		case x := <-c[5]:
			s += x
		case x := <-c[6]:
			s += x
		case x := <-c[7]:
			s += x
		case x := <-c[8]:
			s += x
		case x := <-c[9]:
			s += x
		}
	}
	e := time.Since(t)
	report("select10static", m, e, m*10, "")
}

// selshared: what a Go programmer would write instead: k clients, one channel.
func selshared(m, k int) {
	c := make(chan int)
	for i := 0; i < k; i++ {
		go func() {
			for j := 0; j < m; j++ {
				c <- j
			}
		}()
	}
	t := time.Now()
	s := 0
	for i := 0; i < m*k; i++ {
		s += <-c
	}
	e := time.Since(t)
	report(fmt.Sprintf("shared%d", k), m, e, m*k, "")
}

func prodcons(n int) {
	c := make(chan int)
	go func() {
		for i := 0; i < n+1000; i++ {
			c <- i
		}
	}()
	for i := 0; i < 1000; i++ {
		<-c
	}
	t := time.Now()
	s := 0
	for i := 0; i < n; i++ {
		s += <-c
	}
	e := time.Since(t)
	report("prodcons", n, e, n, "")
}

func sieve(n int) {
	t := time.Now()
	ch := make(chan int)
	go func() {
		for i := 2; ; i++ {
			ch <- i
		}
	}()
	p := 0
	cur := ch
	for i := 0; i < n; i++ {
		p = <-cur
		next := make(chan int)
		in := cur
		go func(prime int) {
			for {
				x := <-in
				if x%prime != 0 {
					next <- x
				}
			}
		}(p)
		cur = next
	}
	e := time.Since(t)
	report("sieve", n, e, n, fmt.Sprintf("last=%d", p))
}

//go:noinline
func sum7(n int) int {
	s := 0
	for i := 1; i <= n; i++ {
		s += i * i % 7
	}
	return s
}

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

func mandelRows(size, maxit, y0, step int) int {
	total := 0
	for py := y0; py < size; py += step {
		ci := 2.0*float64(py)/float64(size) - 1.0
		for px := 0; px < size; px++ {
			cr := 3.0*float64(px)/float64(size) - 2.0
			zr, zi := 0.0, 0.0
			it := 0
			for it < maxit {
				r2, i2 := zr*zr, zi*zi
				if r2+i2 > 4.0 {
					break
				}
				zi = 2.0*zr*zi + ci
				zr = r2 - i2 + cr
				it++
			}
			total += it
		}
	}
	return total
}

func mandel(size, workers int) {
	t := time.Now()
	c := make(chan int)
	for w := 0; w < workers; w++ {
		go func() { c <- mandelRows(size, 200, w, workers) }()
	}
	total := 0
	for w := 0; w < workers; w++ {
		total += <-c
	}
	e := time.Since(t)
	report(fmt.Sprintf("mandel%d", workers), size, e, size*size, fmt.Sprintf("iterations=%d", total))
}

func main() {
	if len(os.Args) < 2 {
		fmt.Println("hello world")
		return
	}
	if os.Getenv("NOGC") != "" {
		debug.SetGCPercent(-1)
	}
	name := os.Args[1]
	arg := func(i, def int) int {
		if len(os.Args) > i {
			v, err := strconv.Atoi(os.Args[i])
			if err != nil {
				panic(err)
			}
			return v
		}
		return def
	}
	switch name {
	case "commstime":
		commstime(arg(2, 1000000))
	case "ring":
		ring(arg(2, 1000000), arg(3, 503))
	case "spawn":
		spawn(arg(2, 1000000))
	case "spawnsend":
		spawnsend(arg(2, 1000000))
	case "blocked":
		blocked(arg(2, 1000000), false)
	case "blocked1":
		blocked(arg(2, 1000000), true)
	case "select":
		selk(arg(2, 10000), arg(3, 10))
	case "selectidle":
		selidle(arg(2, 10000), arg(3, 10))
	case "selectnil":
		selnil(arg(2, 10000), arg(3, 1000))
	case "work":
		work(arg(2, 1000), arg(3, 100), arg(4, 800))
	case "busy":
		busy(arg(2, 10000000), arg(3, 2))
	case "mtring":
		mtring(arg(2, 1000000), arg(3, 256), arg(4, 100))
	case "select10static":
		sel10(arg(2, 10000))
	case "shared":
		selshared(arg(2, 10000), arg(3, 10))
	case "prodcons":
		prodcons(arg(2, 1000000))
	case "sieve":
		sieve(arg(2, 2000))
	case "sum7":
		n := arg(2, 50000000)
		t := time.Now()
		s := sum7(n)
		report("sum7", n, time.Since(t), n, fmt.Sprintf("sum=%d", s))
	case "fib":
		n := arg(2, 32)
		t := time.Now()
		s := fib(n)
		e := time.Since(t)
		report("fib", n, e, s, fmt.Sprintf("value=%d", s))
	case "mandel":
		mandel(arg(2, 512), arg(3, 1))
	default:
		fmt.Fprintln(os.Stderr, "unknown benchmark", name)
		os.Exit(2)
	}
}
