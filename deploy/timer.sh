#!/bin/sh
# What cron or systemd's timers do elsewhere: in a container there is neither. A failure of one run
# is in the logs, and the next run follows all the same.
trap "exit 0" TERM INT
ran=""
while :; do
    python manage.py publish_scheduled
    today=$(date -u +%F)
    if [ "$today" != "$ran" ] && [ "$(date -u +%H)" -ge 3 ]; then
        ran=$today
        # It waits for the workers; what is to go live meanwhile doesn't.
        python manage.py daily_billing &
        python manage.py clearsessions
        python manage.py prune_db_task_results
    fi
    sleep 300 & wait $!
done
