package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"publica"
)

func (a *app) receiptCommand() *cobra.Command {
	var file, docket, dir string
	var wait string
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "receipt [ID]",
		Short: "fetch the receipt of an entry, or of all entries of a docket",
		Long: `receipt fetches the receipt of an entry, verifies it and writes it to a file or
stdout. With --docket it fetches the receipts of all entries of a docket, proven
to be all by the docket's export, into a folder, one file for each, named by id.

A receipt grows: promised, logged, cosigned (by the quorum that the policy
demands), durable (its content is held by so many nodes as the policy demands).
With --wait it is asked for until it has reached a stage, or --timeout is over;
what is had then is written, and the exit status is 1.

A receipt needs no register to be checked: publica verify.`,
		Example: `  publica receipt 4f0c... -o receipt.json
  publica receipt 4f0c... --wait durable --policy policy.txt -o receipt.json
  publica receipt --docket ID --out receipts && publica verify receipts --policy policy.txt`,
		Args: wants(0, 1, "an id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if (len(args) == 1) == (docket != "") {
				return usagef(cmd, "publica receipt wants either an id or --docket")
			}
			stage := publica.Stage(wait)
			if wait != "" && !stage.Reached(publica.Logged) {
				return usagef(cmd, "%q is no stage to wait for", wait).withHint("wait for logged, cosigned or durable")
			}
			if docket != "" && dir == "" {
				return usagef(cmd, "where do the receipts go?").withHint("pass --out DIR")
			}
			client, err := a.connect(cmd.Context())
			if err != nil {
				return err
			}
			if docket != "" {
				id, err := parseID(cmd, "--docket", docket)
				if err != nil {
					return err
				}
				return a.allReceipts(cmd.Context(), client, publica.DocketID(id), dir)
			}
			id, err := parseID(cmd, "", args[0])
			if err != nil {
				return err
			}
			if wait == "" {
				stage, timeout = publica.Promised, 0
			}
			r, v, err := client.Await(cmd.Context(), id, stage, timeout)
			if err != nil {
				return err
			}
			if v.Stage == publica.Promised {
				a.note("not in the log yet: this receipt holds the node's promise, for %s", v.By)
			}
			text, err := r.Bytes()
			if err != nil {
				return err
			}
			if err := a.output(file, text); err != nil {
				return err
			}
			if !v.Stage.Reached(stage) {
				return publica.Problem(publica.Busy, "", fmt.Sprintf("the receipt has reached %s, not %s, after %s", v.Stage, stage, timeout)).
					WithHint("ask again later, or with a longer --timeout")
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVarP(&file, "output", "o", "", "file to write")
	f.StringVar(&docket, "docket", "", "all entries of this docket")
	f.StringVar(&dir, "out", "", "folder for the receipts of a docket")
	f.StringVar(&wait, "wait", "", "wait until the receipt is logged, cosigned or durable")
	f.DurationVar(&timeout, "timeout", time.Minute, "wait no longer than this")
	return cmd
}

// fetchers is how many receipts are asked for at once.
const fetchers = 8

func (a *app) allReceipts(ctx context.Context, client *publica.Client, docket publica.DocketID, dir string) error {
	records, err := a.docketRecords(ctx, client, docket)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var ids []publica.EntryID
	for _, r := range records {
		if r.entry != nil {
			ids = append(ids, r.id)
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	b := a.bar(int64(len(ids)), "receipts")
	next := make(chan publica.EntryID)
	errs := make([]error, fetchers)
	var wg sync.WaitGroup
	for w := range fetchers {
		wg.Go(func() {
			for id := range next {
				if errs[w] == nil {
					errs[w] = a.oneReceipt(ctx, client, id, dir)
				}
				if errs[w] != nil {
					cancel()
				}
				b.add(1)
			}
		})
	}
	for _, id := range ids {
		next <- id
	}
	close(next)
	wg.Wait()
	b.done()
	for _, err := range errs {
		if err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	a.note("wrote %d receipts to %s", len(ids), dir)
	return nil
}

func (a *app) oneReceipt(ctx context.Context, client *publica.Client, id publica.EntryID, dir string) error {
	r, _, err := client.Receipt(ctx, id, 0)
	if err != nil {
		return fmt.Errorf("receipt of %s: %w", id, err)
	}
	text, err := r.Bytes()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, id.String()+".json"), text, 0o644)
}
